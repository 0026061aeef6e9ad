/**
 * Uploads of readers on their way in: bytes go to the archive, and each becomes an intake, with its whole signed claim,
 * before anything is acknowledged. What happens then is upload-clerk.ts. Several may bring the same file at a time: what
 * one of them loses stays as long as another, or the ledger, needs it.
 */

import type { Archive } from '../../../archive/archive.ts';
import type { PartOf } from '../../../archive/disk/parts.ts';
import type { Expected } from '../../../archive/disk/receive.ts';
import { checkFileName } from '../../../chain/files/file-name.ts';
import { checkFileSize } from '../../../chain/files/file-size.ts';
import { file, parameters, pendingUpload } from '../../../chain/queries.ts';
import { clientAddressOf } from '../../../core/address.ts';
import { type Bytes, equalBytes, toHex } from '../../../core/bytes.ts';
import type { Code } from '../../../core/codes.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock } from '../../../core/ports.ts';
import type { Hash32, PublicKey32, UnixMs } from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import { hasPaid } from '../../../rpc/right.ts';
import type {
  Announced,
  Archive as ArchivePort,
  Received,
  SignedUpload,
  UploadOutcome,
  UploadStanding,
} from '../../../rpc/upload-ports.ts';
import { infoHashes, infoHashV1, type Metainfo } from '../../../torrent/metainfo.ts';
import { adopt, parseTorrent } from '../../../torrent/parse.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { fitsInTime } from './day-room.ts';
import { type Intake, nameOf } from './intake.ts';
import type { Bringer } from './intake-places.ts';
import { type Coming, type Intakes, isEnded } from './intakes.ts';
import { endingNow } from './standing.ts';
import type { UploadClerk } from './upload-clerk.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly archive: Archive;
  readonly intakes: Intakes;
  readonly clerk: UploadClerk;
  readonly sponsor: { readonly key: PublicKey32 };
  readonly clock: Pick<Clock, 'now'>;
};

/** What is said of the bytes of an upload before they come. */
type Bulk = {
  /** As the reader has signed it, or as a torrent says. */
  readonly size: bigint | undefined;
  /** So much comes, as the length of the request says. */
  readonly atLeast?: bigint | undefined;
  /** So much of it its key has announced already. */
  readonly counted?: bigint;
};

/** Of all that a multipart request has beside its file: fields, their headers, boundaries. */
const FORM_BYTES_MAX = 2 * limits.formFieldsMax * limits.formFieldBytesMax;

/** What is on its way to the ledger: a newer signature takes the place of the one that is kept. */
const SIGNED_ANEW: ReadonlySet<Intake['state']> = new Set(['fetching', 'in-review', 'waiting']);

export class Uploads implements ArchivePort {
  readonly #ports: Ports;
  /** Those that a request puts on the ledger now; by file and key. */
  readonly #underWay = new Set<string>();

  readonly #givesWay = (claim: Intake) => this.#ports.clerk.isIdle(claim);

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async receiveFile(bytes: AsyncIterable<Bytes>, announced: Announced): Promise<Verdict<Received>> {
    const { archive, intakes } = this.#ports;
    const { claim, sizeHint } = announced;
    // The request is a little longer than its file.
    const hinted = sizeHint === undefined ? undefined : BigInt(Math.max(0, sizeHint - FORM_BYTES_MAX));
    const begun = this.#mayBegin(announced, false, { size: claim.written?.size, atLeast: hinted });
    if (begun.kind !== 'accept') return begun;
    const coming = intakes.announce(claim.key, claim.written?.size ?? hinted ?? 0n);
    return this.#receive(announced, coming, (expected, keeping) => archive.receive(bytes, expected, keeping));
  }

  /** May a file that comes in parts be begun? Asked before its first byte. As `receiveFile`. */
  mayReceive(announced: Announced): Verdict {
    return this.#mayBegin(announced, false, { size: announced.claim.written?.size });
  }

  /** As `receiveFile`, of one that has come in parts. @param coming - its bytes, as they were announced; ended here, if it is taken. */
  async receivePart(part: PartOf, announced: Announced, coming: Coming): Promise<Verdict<Received>> {
    const { archive } = this.#ports;
    const counted = coming.size();
    const begun = this.#mayBegin(announced, false, { size: announced.claim.written?.size, counted });
    if (begun.kind !== 'accept') return begun;
    const kept = { ...coming, end: () => undefined };
    const received = await this.#receive(announced, kept, (expected, keeping) =>
      archive.receivePart(part, expected, keeping),
    );
    if (received.kind === 'accept') coming.end();
    return received;
  }

  async #receive(
    announced: Announced,
    coming: Coming,
    take: (
      expected: Expected,
      keeping: (metainfo: Metainfo) => Promise<Verdict>,
    ) => Promise<Verdict<Metainfo>>,
  ): Promise<Verdict<Received>> {
    const { archive, clerk, intakes, ledger } = this.#ports;
    const { claim, name = toHex(announced.claim.hash), sizeHint } = announced;
    const { hash, key, written } = claim;
    intakes.arriving(hash, key, archive.has(hash));
    let received: Verdict<Metainfo> | undefined;
    let isNew = false;
    let read = () => {};
    const reading = () => {
      read = intakes.reading(hash, key);
    };
    try {
      const mayBecome = (size: number) => this.#mayBecome(announced, coming, BigInt(size));
      const expected = { hash, name, mayBecome, reading, ...(sizeHint !== undefined && { sizeHint }) };
      received = await take(expected, async (metainfo) => {
        const fits = this.#checkSize(BigInt(metainfo.size), written?.size);
        if (fits.kind !== 'accept') return fits;
        const { announced: all } = infoHashes({ ...metainfo, name }, ledger.genesis.name);
        const size = BigInt(metainfo.size);
        // Another request of this key may have brought it, and its upload be on its way to the ledger, or declined.
        const known = intakes.get(hash, key);
        if (known?.code === 'upload.declined') return reject('upload.declined', known.reason);
        isNew = known?.state !== 'waiting' && known?.state !== 'in-review';
        const fresh = { ...this.#intakeOf(announced, false, name), size, infoHashes: all };
        if (isNew) await intakes.put(clerk.arrived({ ...fresh, state: 'waiting' }));
        return accept();
      });
    } finally {
      read();
      coming.end();
      if (received?.kind !== 'accept') await this.#leave(hash, key);
    }
    if (received.kind !== 'accept') return received;
    return accept({
      outcome: async () => {
        intakes.left(hash, key);
        const outcome = await this.#outcome(hash, key);
        // It was declined while these bytes came.
        if (outcome.code === 'upload.declined') await clerk.dropUnneeded(hash);
        return outcome;
      },
      discard: async () => {
        if (isNew) await intakes.remove(hash, key);
        await this.#leave(hash, key);
      },
    });
  }

  async receiveTorrent(bytes: Bytes, announced: Announced): Promise<Verdict<Received>> {
    const { clerk, intakes, ledger } = this.#ports;
    const { hash, key, written } = announced.claim;
    const parsed = parseTorrent(bytes);
    if (parsed.kind !== 'accept') return parsed;
    const adopted = adopt(parsed.value, hash);
    if (adopted.kind !== 'accept') return adopted;
    const name = announced.name ?? normalised(adopted.value.name);
    const named = checkFileName(name);
    if (named.kind !== 'accept') return named;
    const outline = { ...adopted.value, name };
    if (outline.size > limits.uploadBytesMax) return reject('request.too-long');
    const size = BigInt(outline.size);
    const fits = this.#checkSize(size, written?.size);
    if (fits.kind !== 'accept') return fits;
    const begun = this.#mayBegin(announced, true, { size });
    if (begun.kind !== 'accept') return begun;
    const until = this.#ports.clock.now() + limits.intakeIdleMs;
    const hashes = [infoHashV1(outline, ledger.genesis.name)];
    const fresh = { ...this.#intakeOf(announced, true, name), size, infoHashes: hashes, until };
    return accept({
      outcome: async () => {
        // What a librarian looks at, or has declined, nobody replaces: it goes on under its first claim.
        const known = intakes.get(hash, key);
        if (known?.state === 'in-review' || known?.code === 'upload.declined') {
          return { ...this.standing(hash, key)!, caused: false };
        }
        const inTheWay = intakes.inTheWay(hash, fresh, this.#givesWay);
        // Others who came meanwhile have the places of those that gave way.
        if (inTheWay === undefined)
          return {
            ...{ state: 'refused', name, until, caused: false },
            code: intakes.fullCode(hash, fresh, this.#givesWay),
          };
        await Promise.all(inTheWay.map((one) => clerk.giveWay(one)));
        await intakes.put({ ...fresh, state: 'fetching' }, outline);
        clerk.lookAt(hash, key);
        return { ...this.standing(hash, key)!, caused: !this.#isOnLedger(hash, key) };
      },
      discard: async () => {},
    });
  }

  standing(hash: Hash32, key: PublicKey32): UploadStanding | undefined {
    const { intakes, clock, ledger } = this.#ports;
    const known = intakes.get(hash, key);
    const isRead = intakes.isRead(hash, key);
    if (intakes.isArriving(hash, key) && (known === undefined || isEnded(known))) {
      const until = clock.now() + limits.requestTotalMs;
      return { state: isRead ? 'reading' : 'receiving', name: '', until, code: undefined };
    }
    if (known === undefined) return undefined;
    const { reason } = known;
    if (isEnded(known)) return { name: known.name, reason, ...endingNow(known, ledger.head()) };
    const { state, name, until, code } = known;
    return { state: isRead && state === 'fetching' ? 'reading' : state, name, until, code };
  }

  async signAgain({
    hash,
    key,
    signature,
    expires,
    written,
  }: SignedUpload): Promise<UploadStanding | undefined> {
    const { intakes, clerk } = this.#ports;
    const known = intakes.get(hash, key);
    const says = written === undefined || (written.size === known?.size && written.name === known.name);
    const isLonger = (expires ?? 0) > (known?.expires ?? 0);
    const isOpen =
      (known !== undefined && SIGNED_ANEW.has(known.state)) || known?.code === 'upload.sign-again';
    if (known === undefined || !isOpen || !says || !isLonger || expires === undefined) {
      return this.standing(hash, key);
    }
    const fresh: Intake = { ...known, signature, expires, lapses: expires * 1_000 };
    if (known.state === 'fetching') await intakes.put(fresh);
    else if (known.state === 'in-review') await clerk.decisions.signedAgain(known, fresh);
    else {
      // Of what has lapsed a librarian looks once more: nobody remembers what was said of it.
      const again = { ...fresh, state: 'waiting', code: undefined, until: fresh.lapses } as const;
      const next = known.state === 'waiting' ? again : clerk.arrived(again);
      await intakes.put(next);
      if (next.state === 'waiting') await clerk.submit(next);
    }
    return this.standing(hash, key);
  }

  async #outcome(hash: Hash32, key: PublicKey32): Promise<UploadOutcome> {
    const { intakes, clerk } = this.#ports;
    const name = nameOf({ hash, key });
    const caused = !this.#underWay.has(name) && !this.#isOnLedger(hash, key);
    if (caused) this.#underWay.add(name);
    try {
      const intake = intakes.get(hash, key);
      if (intake?.state === 'waiting') await clerk.submit(intake);
      return { ...this.standing(hash, key)!, caused };
    } finally {
      if (caused) this.#underWay.delete(name);
    }
  }

  /** Then anybody may have the reader's signature from there. */
  #isOnLedger(hash: Hash32, key: PublicKey32): boolean {
    const { view, header } = this.#ports.ledger.head();
    return file(view, hash) !== undefined || pendingUpload(view, hash, key, header.time) !== undefined;
  }

  /** @param seeded - its bytes do not come with this request. */
  #mayBegin(announced: Announced, seeded: boolean, { size, atLeast = 0n, counted = 0n }: Bulk): Verdict {
    const { claim } = announced;
    const { view } = this.#ports.ledger.head();
    const known = this.#ports.intakes.get(claim.hash, claim.key);
    if (known?.code === 'upload.declined') return reject('upload.declined', known.reason);
    if (size !== undefined) {
      const fits = this.#checkSize(size, size);
      if (fits.kind !== 'accept') return fits;
      if (size > BigInt(limits.uploadBytesMax)) return reject('request.too-long');
    }
    if (atLeast > BigInt(parameters(view).fileBytesMax)) return reject('file.wrong-size');
    if (!this.#fitsInTime(claim, size ?? atLeast, counted)) return reject('upload.daily-cap');
    return this.#ports.intakes.mayBegin(claim.hash, this.#bringerOf(announced, seeded), this.#givesWay);
  }

  /**
   * The bytes of a request have become so many: refused as soon as they are too many, not when all have come. Only a
   * request that says neither its length nor what the reader has signed gets further than `#mayBegin`.
   */
  #mayBecome({ claim }: Announced, coming: Coming, size: bigint): Code | undefined {
    const { written } = claim;
    if (written !== undefined && size > written.size) return 'upload.size-mismatch';
    if (size <= coming.size()) return undefined;
    if (size > BigInt(parameters(this.#ports.ledger.head().view).fileBytesMax)) return 'file.wrong-size';
    if (!this.#fitsInTime(claim, size, coming.size())) return 'upload.daily-cap';
    coming.grow(size);
    return undefined;
  }

  /** @param counted - bytes of this very upload that its key has announced already. */
  #fitsInTime({ hash, key, expires }: SignedUpload, size: bigint, counted: bigint): boolean {
    const { ledger, intakes, clock, sponsor } = this.#ports;
    const { view, header } = ledger.head();
    const now = Math.max(clock.now(), header.time);
    const until = expires === undefined ? now + limits.uploadLifeMs : expires * 1_000;
    const { ofKey, arrived } = intakes.ahead(hash, key);
    const ahead = { ofKey: ofKey - counted, arrived, now, until };
    return fitsInTime(view, { key, sponsor: sponsor.key, size }, ahead);
  }

  #intakeOf(announced: Announced, seeded: boolean, name: string) {
    const { hash, signature, expires } = announced.claim;
    const lapses: UnixMs =
      expires === undefined ? this.#ports.clock.now() + limits.uploadLifeMs : expires * 1_000;
    const bringer = this.#bringerOf(announced, seeded);
    return { ...bringer, hash, signature, expires, lapses, name, code: undefined, until: lapses };
  }

  #bringerOf({ claim: { key }, from, byPage = false }: Announced, seeded: boolean): Bringer {
    const address = from === undefined ? '' : clientAddressOf(from);
    const { ledger, sponsor } = this.#ports;
    // What the library itself brings has no place of strangers.
    const paid = equalBytes(key, sponsor.key) || hasPaid(ledger.head().view, key);
    return { key, address, byPage, seeded, paid };
  }

  /**
   * @param written - what the reader has signed.
   * @returns reject("file.empty" | "file.of-64-bytes" | "file.wrong-size" | "upload.size-mismatch").
   */
  #checkSize(size: bigint, written: bigint | undefined): Verdict {
    const { fileBytesMax } = parameters(this.#ports.ledger.head().view);
    const sized = checkFileSize(size, BigInt(fileBytesMax));
    if (sized.kind !== 'accept') return sized;
    return written === undefined || written === size ? accept() : reject('upload.size-mismatch');
  }

  /** This request brings the file no more. */
  async #leave(hash: Hash32, key: PublicKey32): Promise<void> {
    const { intakes, clerk } = this.#ports;
    if (intakes.left(hash, key)) await clerk.dropUnneeded(hash);
  }
}

/** The ledger takes text as it is, so a name becomes one spelling (NFC) here, before anybody signs it. */
function normalised(name: string): string {
  return name.isWellFormed() ? name.normalize('NFC') : name;
}
