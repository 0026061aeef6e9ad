/**
 * A multipart upload: the claim is verified before a byte of the file is taken, and the archive hashes the bytes while
 * they stream in. From then on it is the library's: it keeps the claim and puts it on the ledger, now or when it can.
 * How it is sent: docs/reference.md, "upload".
 */
import type { Readable } from 'node:stream';
import { CALLS, type Fields } from '../../api/calls.ts';
import { wantOf } from '../../api/want.ts';
import { checkFileName } from '../../chain/files/file-name.ts';
import { checkFileSize } from '../../chain/files/file-size.ts';
import { parameters } from '../../chain/queries.ts';
import type { Bytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { admitClaim, uploadClaimOf } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import { FILE_COST, torrentCost } from '../costs.ts';
import type { Form, FormFile } from '../form.ts';
import { mayBeForeign } from '../page.ts';
import { parse } from '../parse.ts';
import { hasPaid } from '../right.ts';
import type { Announced, Received, UploadState } from '../upload-ports.ts';
import { type WatchedUpload, watchUpload } from '../upload-watch.ts';
import { answerTorrent } from './torrent.ts';
import { mayBring } from './upload.ts';
import { standingOf } from './upload-state.ts';

type Watched = FormFile & { readonly watched: WatchedUpload };

export async function uploadForm(context: RpcContext, form: Form): Promise<Verdict<AnswerTo<'upload'>>> {
  if (context.ports.node.closed()) return reject('node.not-ready');
  const head = await form.head;
  if ('kind' in head) return head;
  const parsed = parse(CALLS.upload.fields, head.fields);
  if (parsed.kind !== 'accept') return parsed;
  const announced = announcedOf(context, parsed.value, head.file);
  if (announced.kind !== 'accept') return announced;
  const claim = { ...announced.value.claim, action: 'upload' } as const;
  const admitted = await admitClaim(context, claim);
  if (admitted.kind !== 'accept') return admitted;
  // Everything that can be known before the bytes come: it would be a pity about them.
  const sized = sizeAsSigned(context, announced.value.claim);
  if (sized.kind !== 'accept') return sized;
  const open = mayBring(context, claim, true);
  if (open.kind !== 'accept') return open;

  const paid = context.pay(FILE_COST);
  if (paid.kind !== 'accept') return paid;
  const { clock, ledger } = context.ports;
  const watched = watchUpload(head.file.stream, clock);
  const { from, caller } = context;
  const uploader = {
    key: claim.key,
    from,
    byPage: mayBeForeign(caller),
    paid: hasPaid(ledger.view(), claim.key),
  };
  const gone = new AbortController();
  head.file.stream.once('close', () => gone.abort());
  const leave = await context.uploads.take(uploader, watched, gone.signal);
  if (leave === undefined) return reject('upload.too-many');
  const received = await receiveWhole(context, form, { ...head.file, watched }, announced.value).finally(
    leave,
  );
  if (received.kind !== 'accept') return received;
  const standing = await received.value.outcome();
  if (standing.state === 'refused' && standing.code !== undefined)
    return reject(standing.code, standing.reason);
  if (!standing.caused || !HANDED_OUT.has(standing.state)) {
    return accept({ kind: 'under-way', value: standingOf(standing) });
  }
  return answerTorrent(context, claim, parsed.value.format, standing.name);
}

/** To seed with: what this request has put on the ledger, or a torrent that was posted. */
const HANDED_OUT: ReadonlySet<UploadState> = new Set(['fetching', 'on-ledger', 'available']);

function announcedOf(
  { from, caller }: RpcContext,
  fields: Fields<'upload'>,
  file: FormFile,
): Verdict<Announced> {
  const come = { sizeHint: file.sizeHint, from, byPage: mayBeForeign(caller) };
  // Inside a torrent stands the name already.
  const filename = file.part === 'file' ? file.filename : undefined;
  // Some systems write names decomposed (NFD): the same name, as everybody reads it.
  const name = fields.name ?? normalised(filename);
  const claim = uploadClaimOf({ ...fields, name });
  if (claim.kind !== 'accept') return claim;
  const { written } = claim.value;
  // What is signed can no longer be made right.
  if (written !== undefined && written.name !== normalised(written.name)) {
    return reject('file.wrong-name', 'not normalised: a name is signed in its composed form (NFC)');
  }
  const shown = written?.name ?? normalised(name);
  if (shown === undefined) {
    if (file.part === 'file')
      return reject('request.missing-field', {
        field: 'name',
        want: wantOf(CALLS.upload.fields.shape.name),
        detail: 'name is missing, and the file has none.',
      });
    return accept({ claim: claim.value, name: undefined, ...come });
  }
  const checked = checkFileName(shown);
  return checked.kind === 'accept' ? accept({ claim: claim.value, name: shown, ...come }) : checked;
}

/** What the federation takes stands in its state: nothing is looked up for whoever has not signed. */
function sizeAsSigned({ ports }: RpcContext, { written }: Announced['claim']): Verdict {
  if (written === undefined) return accept();
  return checkFileSize(written.size, BigInt(parameters(ports.ledger.view()).fileBytesMax));
}

function normalised(name: string | undefined): string | undefined {
  return name?.isWellFormed() ? name.normalize('NFC') : name;
}

/** To the end of the form: bytes that wait for it hold their place. */
async function receiveWhole(
  context: RpcContext,
  form: Form,
  file: Watched,
  announced: Announced,
): Promise<Verdict<Received>> {
  const received = await receive(context, file, announced);
  if (received.kind !== 'accept') return received;
  const wrong = await form.tail;
  if (wrong === undefined) return received;
  await received.value.discard();
  return wrong;
}

async function receive(
  { ports, pay }: RpcContext,
  { part, stream, watched }: Watched,
  announced: Announced,
): Promise<Verdict<Received>> {
  try {
    if (part === 'torrent') {
      const bytes = await readTorrent(watched.bytes);
      if (bytes.kind !== 'accept') return bytes;
      const paid = pay(torrentCost(bytes.value.length));
      return paid.kind === 'accept' ? await ports.archive.receiveTorrent(bytes.value, announced) : paid;
    }
    const received = await ports.archive.receiveFile(watched.bytes, announced);
    if (!isCut(stream)) return received;
    if (received.kind === 'accept') await received.value.discard();
    return reject('request.too-long', 'The file is larger than this library takes.');
  } catch (error) {
    if (watched.tooSlow()) return reject('upload.too-slow');
    if (stream.errored === null) throw error;
    return reject('request.malformed', 'The upload broke off, or came in too many pieces.');
  } finally {
    watched.end();
  }
}

async function readTorrent(stream: AsyncIterable<Bytes>): Promise<Verdict<Bytes>> {
  const chunks: Bytes[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > limits.torrentBytesMax) return reject('request.too-long', 'The torrent is too long.');
    chunks.push(chunk);
  }
  return accept(Buffer.concat(chunks));
}

/** busboy ends a file at its size limit as if that were its end, and says so here. */
function isCut(stream: Readable): boolean {
  return 'truncated' in stream && stream.truncated === true;
}
