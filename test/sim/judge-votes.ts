/**
 * What honest authorities may say. Watches every frame that leaves them and every journal record that becomes
 * durable: nothing is sent before it is durable, nobody contradicts itself in its whole life, and no view has two
 * certificates that exclude each other. Knows nothing of machines or ledgers.
 */
import { decodeRecord } from '../../consensus/journal-record.ts';
import {
  type Certificate,
  decodeMessage,
  type Message,
  type Statement,
  type Vote,
} from '../../consensus/messages.ts';
import { faultyMax } from '../../consensus/quorum.ts';
import { type Bytes, equalBytes, hexToBytes, toHex } from '../../core/bytes.ts';
import type { PeerKey } from '../../core/ports.ts';
import type { Coverage } from './coverage.ts';

type Ports = {
  /** Keys in their order; undefined before the epoch has begun. */
  authorities(epoch: number): readonly PeerKey[] | undefined;
  readonly coverage: Coverage;
  report(rule: string, detail: string): void;
};
/** What was said in a view, each as "<hash>/<parent view>". */
type Said = { [kind in Statement['kind']]?: string };

/** The first byte of a frame of consensus (node/engine/frames.ts). */
const CONSENSUS = 1;
const NEWEST = 100;

export class VoteJudge {
  readonly #ports: Ports;
  /** Node → encoded votes that have been durable. */
  readonly #durable = new Map<string, Set<string>>();
  readonly #said = new Map<string, Map<string, Said>>();
  /** The last records of each node: the vote for a proposal is among them. */
  readonly #newest = new Map<string, readonly Bytes[]>();
  /** Node → epoch → the highest view of which a certificate is durable there. */
  readonly #certified = new Map<string, Map<number, number>>();
  /** "<epoch>:<view>" → kind → hash. */
  readonly #certificates = new Map<string, Partial<Record<Certificate['kind'], string>>>();
  /** Node → encoded Finalizes that it has sent. */
  readonly #promised = new Map<string, Set<string>>();
  /** Key → hashes of what it has proposed. */
  readonly #proposed = new Map<string, Set<string>>();
  /** Nodes that have lost their memory once. */
  readonly #forgetful = new Set<string>();
  /** Nodes whose whole home was rolled back. */
  readonly #rolledBack = new Set<string>();
  /** Of those. */
  contradictions = 0;
  /** "<node>:<epoch>:<view>" */
  readonly #pardoned = new Set<string>();
  /** A broadcast is one object for all its receivers. */
  #last: Bytes | undefined;
  #lastFrom = '';

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** @param record - of the journal; it has reached the disk of this node. */
  durable(node: string, record: Bytes): void {
    const durable = this.#durable.get(node) ?? new Set();
    this.#durable.set(node, durable.add(toHex(record)));
    this.#newest.set(node, [...(this.#newest.get(node) ?? []).slice(-NEWEST), record]);
    const entry = decodeRecord(record);
    if ('signers' in entry) this.certified(node, entry.epoch, entry.view);
  }

  /** A certificate of this view is durable there, in the journal or beside a final block. */
  certified(node: string, epoch: number, view: number): void {
    const views = this.#certified.get(node) ?? new Map<number, number>();
    this.#certified.set(node, views);
    views.set(epoch, Math.max(view, views.get(epoch) ?? 0));
  }

  /** The journal with which a node comes back must bind it: every vote above what is final there. */
  wakes(node: string, records: readonly Bytes[], head: { epoch: number; view: number }): void {
    const held = new Set(records.map(toHex));
    this.#certified.delete(node);
    this.certified(node, head.epoch, head.view);
    for (const record of records) this.durable(node, record);
    for (const hex of [...(this.#durable.get(node) ?? [])]) {
      if (held.has(hex)) continue;
      const entry = decodeRecord(hexToBytes(hex));
      const passed = entry.epoch < head.epoch || (entry.epoch === head.epoch && entry.view <= head.view);
      if (passed) this.#durable.get(node)!.delete(hex);
      else if ('signer' in entry) {
        this.#ports.report(
          'journal ⊇ votes',
          `${node} has forgotten its ${entry.kind} of view ${entry.view}`,
        );
      }
    }
  }

  /** The journal is gone; what was said stands. */
  forgets(node: string): void {
    this.#durable.delete(node);
    this.#forgetful.add(node);
  }

  rollsBack(node: string): void {
    this.#rolledBack.add(node);
  }

  /** Has this node, which had forgotten, given up what it had finalised, where that can do no harm? */
  isPardoned(node: string, epoch: number, view: number): boolean {
    return this.#rolledBack.has(node) || this.#pardoned.has(`${node}:${epoch}:${view}`);
  }

  hasProposed(key: PeerKey, hash: Bytes): boolean {
    return this.#proposed.get(toHex(key))?.has(toHex(hash)) ?? false;
  }

  sending(node: string, key: PeerKey, frame: Bytes, holds: (hash: Bytes) => boolean): void {
    if (frame === this.#last && node === this.#lastFrom) return;
    this.#last = frame;
    this.#lastFrom = node;
    if (frame[0] !== CONSENSUS) return;
    const bytes = frame.subarray(1);
    const message = decodeMessage(bytes);
    if (message.kind !== 'accept') this.#ports.report('well-formed', `${node}: ${message.code}`);
    else this.#judge(node, key, message.value, bytes);
    if (message.kind === 'accept' && message.value.kind === 'finalize')
      this.#promises(node, message.value, bytes, holds);
  }

  /** A body that went with a lost disk may be missing when the others give back the vote that promised it. */
  #promises(node: string, vote: Vote, bytes: Bytes, holds: (hash: Bytes) => boolean): void {
    const promised = this.#promised.get(node) ?? new Set();
    this.#promised.set(node, promised);
    const isRepeated = this.#forgetful.has(node) && promised.has(toHex(bytes));
    promised.add(toHex(bytes));
    if (vote.kind !== 'finalize' || isRepeated || holds(vote.hash)) return;
    this.#ports.report('finalises what it holds', `${node}, in view ${vote.view}`);
  }

  #judge(node: string, key: PeerKey, message: Message, bytes: Bytes): void {
    switch (message.kind) {
      case 'proposal': {
        const proposed = this.#proposed.get(toHex(key)) ?? new Set();
        this.#proposed.set(toHex(key), proposed.add(toHex(message.block.hash)));
        this.#statement(node, key, message);
        break;
      }
      case 'notarize':
      case 'nullify':
      case 'finalize':
        if (!this.#durable.get(node)?.has(toHex(bytes))) {
          this.#ports.report('persist before send', `${node} sends ${message.kind} of view ${message.view}`);
        }
        this.#statement(node, key, message);
        if (message.view - 1 > (this.#certified.get(node)?.get(message.epoch) ?? 0)) {
          this.#ports.report(
            'admitted by what is durable',
            `${node} votes in view ${message.view}, and would not know after a crash how it came there`,
          );
        }
        break;
      case 'notarization':
      case 'nullification':
      case 'finalization':
        this.#certificate(node, message);
        break;
      default:
    }
  }

  #statement(node: string, key: PeerKey, statement: Statement): void {
    const { kind, epoch, view, signer } = statement;
    const authority = this.#ports.authorities(epoch)?.[signer];
    if (authority !== undefined && !equalBytes(authority, key)) {
      this.#ports.report('own votes only', `${node} sends a ${kind} of authority ${signer}`);
    }
    const views = this.#said.get(node) ?? new Map<string, Said>();
    this.#said.set(node, views);
    const said = views.get(`${epoch}:${view}`) ?? {};
    views.set(`${epoch}:${view}`, said);
    const claim = claimOf(statement);
    if (said[kind] !== undefined && said[kind] !== claim) {
      this.#contradicts('no two votes', node, `signs two ${kind} of view ${view}: ${said[kind]}, ${claim}`);
    }
    const isNew = said[kind] !== claim;
    said[kind] = claim;
    const both = said.nullify !== undefined && said.finalize !== undefined && isNew;
    if (both && !this.#pardon(node, statement)) {
      this.#contradicts('nullify xor finalize', node, `signs both in view ${view} of epoch ${epoch}`);
    }
    if (kind === 'proposal' && said.notarize === undefined && !this.#hasNotarize(node, statement)) {
      this.#ports.report('persist before send', `${node} proposes in view ${view} without a durable vote`);
    }
  }

  #contradicts(rule: string, node: string, detail: string): void {
    if (this.#rolledBack.has(node)) this.contradictions += 1;
    else this.#ports.report(rule, `${node} ${detail}`);
  }

  /** S7: whoever has forgotten its Finalize may give the view up once f + 1 honest others have: nobody can finalise it. */
  #pardon(node: string, { kind, epoch, view }: Statement): boolean {
    const name = `${node}:${epoch}:${view}`;
    const others = [...this.#said].filter(([other, views]) => {
      const said = views.get(`${epoch}:${view}`);
      return other !== node && said?.nullify !== undefined && said.finalize === undefined;
    });
    const faulty = faultyMax(this.#ports.authorities(epoch)?.length ?? 1);
    if (kind === 'nullify' && this.#forgetful.has(node) && others.length > faulty) this.#pardoned.add(name);
    return this.#pardoned.has(name);
  }

  /** S5: the vote for one's own proposal is durable before the proposal leaves. */
  #hasNotarize(node: string, { epoch, view }: Statement): boolean {
    return (this.#newest.get(node) ?? []).toReversed().some((record) => {
      const entry = decodeRecord(record);
      return entry.kind === 'notarize' && entry.epoch === epoch && entry.view === view;
    });
  }

  #certificate(node: string, certificate: Certificate): void {
    const { kind, epoch, view } = certificate;
    const at = `${epoch}:${view}`;
    const known = this.#certificates.get(at) ?? {};
    this.#certificates.set(at, known);
    const hash =
      kind === 'nullification'
        ? ''
        : toHex(kind === 'finalization' ? certificate.hash : certificate.block.hash);
    if (known[kind] === undefined) {
      this.#ports.coverage.count(`${kind}s`);
      known[kind] = hash;
    }
    if (known[kind] !== hash)
      this.#ports.report('one block a view', `two ${kind}s in view ${view}, by ${node}`);
    if (known.finalization !== undefined && known.nullification !== undefined) {
      this.#ports.report('finalised xor nullified', `view ${view} of epoch ${epoch}, shown by ${node}`);
    }
    if (
      known.finalization !== undefined &&
      (known.notarization ?? known.finalization) !== known.finalization
    ) {
      this.#ports.report('one block a view', `view ${view} finalises what it did not notarise`);
    }
  }
}

function claimOf(statement: Statement): string {
  switch (statement.kind) {
    case 'proposal':
    case 'notarize':
      return `${toHex(statement.block.hash)}/${statement.parentView}`;
    case 'finalize':
      return toHex(statement.hash);
    case 'nullify':
      return 'nullify';
  }
}
