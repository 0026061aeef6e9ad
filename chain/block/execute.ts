/**
 * Executes a block on the state of its parent. Pure: it returns what is to be written and never writes it; only the
 * node's ledger commits. Making a block and checking one share the same path, so that a leader cannot make what the
 * others refuse.
 *
 * Not here: signatures (chain/transaction/signing.ts), whether the proposer leads the view (node/engine/leader-check.ts and consensus), and whether
 * the time lies too far ahead of a clock (node).
 */
import { assert } from '../../core/assert.ts';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import { merkleRoot } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import type { Hash32, PublicKey32, UnixMs } from '../../core/scalars.ts';
import { finish as finishSteps, type Steps } from '../../core/steps.ts';
import { accept, type Ignore, ignore, type Reject, reject, type Verdict } from '../../core/verdict.ts';
import { authoritySet } from '../federation/federation.ts';
import { noteSignal } from '../federation/upgrade.ts';
import type { ChainEvent } from '../kind/event.ts';
import type { RuleContext } from '../kind/rule.ts';
import { Overlay } from '../state/overlay.ts';
import { Draft, type StateView, type StateWrite } from '../state/state.ts';
import { type TreeReader, type TreeWrites, updateTreeInSteps } from '../state/tree.ts';
import { apply } from '../transaction/rules.ts';
import type { CheckedTransaction } from '../transaction/signing.ts';
import {
  authoritiesHash,
  type Block,
  childEpoch,
  encodeBlock,
  HEADER_BYTES_MAX,
  type Header,
  headerHash,
} from './block.ts';
import { migrate } from './migration.ts';
import { canFollow, childVersion } from './version.ts';

export type { ChainEvent } from '../kind/event.ts';

/** The state after a block. */
export type State = {
  readonly header: Header;
  readonly hash: Hash32;
  readonly view: StateView;
  readonly tree: TreeReader;
};

export type Executed = {
  readonly block: Block;
  readonly hash: Hash32;
  /** The encoded block. */
  readonly bytes: Bytes;
  readonly transactions: readonly CheckedTransaction[];
  /** Sorted by key. */
  readonly writes: readonly StateWrite[];
  readonly tree: TreeWrites;
  readonly events: readonly ChainEvent[];
  /** Of each event: the index of the transaction that did it. */
  readonly causes: readonly number[];
  /** An overlay on the parent's state; `overlay.landed` cuts it loose once this block is committed. */
  readonly state: State;
  readonly overlay: Overlay;
};

/** What a leader adds to a block. */
export type BlockPlace = {
  readonly view: number;
  /** At least one millisecond after the parent is taken if it is not. */
  readonly time: UnixMs;
  readonly proposer: PublicKey32;
  /** The newest rules that it knows; it says so in the block when they are newer than those of the block. */
  readonly knows?: number;
};

export type Built = { readonly executed: Executed; readonly refused: readonly Refused[] };
export type Refused = { readonly id: Hash32; readonly verdict: Ignore | Reject };

/**
 * @param transactions - those of the block, in its order, with their signatures verified.
 * @returns reject("block.wrong-parent" | "block.wrong-header" | "block.wrong-time" | "block.too-large" |
 * "block.wrong-transaction" | "block.wrong-root"), ignore("block.unknown-version").
 * @throws AssertionFailed when `transactions` are not those of the block.
 */
export function executeBlock(
  parent: State,
  block: Block,
  transactions: readonly CheckedTransaction[],
): Verdict<Executed> {
  return finishSteps(executeInSteps(parent, block, transactions));
}

/** As `executeBlock`. The state of the parent must stay as it is meanwhile. */
export function* executeInSteps(
  parent: State,
  block: Block,
  transactions: readonly CheckedTransaction[],
): Steps<Verdict<Executed>> {
  assertSame(block, transactions);
  const placed = checkPlace(parent, block.header);
  if (placed.kind !== 'accept') return placed;
  if (transactions.length > limits.blockTransactionsMax) return reject('block.too-large', 'too many');
  const bytes = encodeBlock(block);
  if (bytes.length > limits.blockBytesMax) return reject('block.too-large', 'too many bytes');

  const { time } = block.header;
  const draft = new Draft(parent.view);
  const { chainId, height, epoch, version } = block.header;
  const context: RuleContext = { chainId, height, time, epoch, version };
  migrate(draft, parent.header.version, context);
  const events: ChainEvent[] = [];
  const causes: number[] = [];
  const ids = new Set<string>();
  for (const [index, { id, transaction }] of transactions.entries()) {
    if (isTurn(index)) yield;
    const hex = toHex(id);
    if (ids.has(hex)) return reject('block.wrong-transaction', 'the same transaction twice');
    ids.add(hex);
    const applied = apply(draft, transaction, context);
    if (applied.kind !== 'accept') return reject('block.wrong-transaction', applied.code);
    for (const event of applied.value) {
      events.push(event);
      causes.push(index);
    }
  }
  const done = yield* finish(parent, draft, transactions, block.header);
  for (const root of ROOTS) {
    if (!equalBytes(done.header[root], block.header[root])) return reject('block.wrong-root', root);
  }
  return accept(executed(parent, { ...done, block, bytes, transactions, events, causes }));
}

/**
 * Fills a block from the candidates, in their order, up to limits.block*. Those that do not fit any more stay
 * candidates; those that a rule refuses are returned with the verdict. A candidate that comes twice counts once.
 */
export function buildBlock(parent: State, candidates: Iterable<CheckedTransaction>, at: BlockPlace): Built {
  return finishSteps(buildInSteps(parent, candidates, at));
}

/** As `buildBlock`. The state of the parent and the candidates must stay as they are meanwhile. */
export function* buildInSteps(
  parent: State,
  candidates: Iterable<CheckedTransaction>,
  at: BlockPlace,
): Steps<Built> {
  assert(canFollow(parent), 'one builds only by rules that one knows');
  const time = Math.max(at.time, parent.header.time + 1);
  const own = childOf(parent);
  const signal = at.knows !== undefined && at.knows > own.version ? { knows: at.knows } : {};
  const header = { ...own, ...signal, view: at.view, time, proposer: at.proposer };
  const { chainId, height, epoch, version } = header;
  const context: RuleContext = { chainId, height, time, epoch, version };
  const draft = new Draft(parent.view);
  migrate(draft, parent.header.version, context);
  const transactions: CheckedTransaction[] = [];
  const events: ChainEvent[] = [];
  const causes: number[] = [];
  const refused: Refused[] = [];
  const ids = new Set<string>();
  let bytesUsed = HEADER_BYTES_MAX;
  let looks = 0;
  for (const candidate of candidates) {
    if (isTurn(looks++)) yield;
    if (transactions.length >= limits.blockTransactionsMax) break;
    const hex = toHex(candidate.id);
    if (ids.has(hex)) continue;
    const size = candidate.bytes.length + FRAME_BYTES_MAX;
    if (bytesUsed + size > limits.blockBytesMax) break;
    const applied = apply(draft, candidate.transaction, context);
    if (applied.kind !== 'accept') {
      refused.push({ id: candidate.id, verdict: applied });
      continue;
    }
    ids.add(hex);
    bytesUsed += size;
    for (const event of applied.value) {
      events.push(event);
      causes.push(transactions.length);
    }
    transactions.push(candidate);
  }
  const done = yield* finish(parent, draft, transactions, header);
  const block = { header: done.header, transactions: transactions.map(({ bytes }) => bytes) };
  const bytes = encodeBlock(block);
  assert(bytes.length <= limits.blockBytesMax, 'what is built fits');
  return { executed: executed(parent, { ...done, block, bytes, transactions, events, causes }), refused };
}

/** Of a byte string of at most 16 KiB in a DAG-CBOR list: one byte of kind and at most two of length. */
const FRAME_BYTES_MAX = 3;
/** After so many transactions others may have a turn: some tenths of a millisecond. */
const TRANSACTIONS_A_STEP = 8;
const ROOTS = ['transactionsRoot', 'stateRoot', 'nextAuthoritiesHash'] as const;

/** The fields that follow from the parent alone. */
function childOf(parent: State) {
  const { header, hash } = parent;
  return {
    version: childVersion(parent),
    chainId: header.chainId,
    epoch: childEpoch(header),
    height: header.height + 1,
    parentHash: hash,
    authoritiesHash: header.nextAuthoritiesHash,
  };
}

function checkPlace(parent: State, header: Header): Verdict {
  if (!canFollow(parent)) return ignore('block.unknown-version');
  const { parentHash, ...expected } = childOf(parent);
  if (!equalBytes(header.parentHash, parentHash)) return reject('block.wrong-parent');
  if (!equalBytes(header.chainId, expected.chainId)) return reject('block.wrong-header', 'chainId');
  for (const name of ['version', 'height', 'epoch'] as const) {
    if (header[name] !== expected[name]) return reject('block.wrong-header', name);
  }
  if (!equalBytes(header.authoritiesHash, expected.authoritiesHash)) {
    return reject('block.wrong-header', 'authoritiesHash');
  }
  if (header.time <= parent.header.time) return reject('block.wrong-time');
  const signers = authoritySet(parent.view).keys;
  if (!signers.some((key) => equalBytes(key, header.proposer))) {
    return reject('block.wrong-header', 'proposer');
  }
  return accept();
}

type Done = { readonly header: Header; readonly writes: readonly StateWrite[]; readonly tree: TreeWrites };

/** The roots, and with them the header, once every transaction has been applied. */
function* finish(
  parent: State,
  draft: Draft,
  transactions: readonly CheckedTransaction[],
  place: Omit<Header, (typeof ROOTS)[number]>,
): Steps<Done> {
  noteSignal(draft, place);
  const writes = draft.writes();
  const { root, writes: tree } = yield* updateTreeInSteps(parent.tree, place.height, writes);
  const header: Header = {
    ...place,
    transactionsRoot: merkleRoot(transactions.map(({ id }) => id)), // block.ts: `transactionsRoot`, with ids at hand
    stateRoot: root,
    nextAuthoritiesHash: authoritiesHash(authoritySet(draft).keys),
  };
  return { header, writes, tree };
}

function executed(parent: State, done: Omit<Executed, 'hash' | 'state' | 'overlay'> & Done): Executed {
  const { header, block, bytes, transactions, writes, tree, events, causes } = done;
  const before = parent.header;
  assert(header.height === before.height + 1 && header.time > before.time, 'a block follows its parent');
  const hash = headerHash(header);
  const overlay = new Overlay(parent, writes, tree);
  const state = { header, hash, view: overlay, tree: overlay };
  return { block, hash, bytes, transactions, writes, tree, events, causes, state, overlay };
}

function isTurn(count: number): boolean {
  return count > 0 && count % TRANSACTIONS_A_STEP === 0;
}

function assertSame(block: Block, transactions: readonly CheckedTransaction[]): void {
  assert(block.transactions.length === transactions.length, 'every transaction of the block was checked');
  for (const [index, { bytes }] of transactions.entries()) {
    const own = block.transactions[index]!;
    assert(own === bytes || equalBytes(own, bytes), 'the checked transactions are those of the block');
  }
}
