/**
 * A small federation to try rules in: three libraries, a billing key, readers. Transactions are made without
 * signatures where only the rules are looked at: rules never look at signatures.
 */

import { childEpoch } from '../../chain/block/block.ts';
import { buildBlock, type Executed, executeBlock, type State } from '../../chain/block/execute.ts';
import { chainIdOf, type Genesis, genesisState, type Parameters } from '../../chain/block/genesis.ts';
import { childVersion, RULES_VERSION } from '../../chain/block/version.ts';
import { defaultParameters } from '../../chain/federation/parameters.ts';
import type { Action } from '../../chain/governance/action.ts';
import { authorities, parameters, pendingUpload } from '../../chain/queries.ts';
import { dayOf, periodOf } from '../../chain/state/day.ts';
import { Overlay } from '../../chain/state/overlay.ts';
import { check } from '../../chain/transaction/rules.ts';
import { type CheckedTransaction, encodeChecked, signSeat } from '../../chain/transaction/signing.ts';
import type { Transaction, TransactionOf } from '../../chain/transaction/transaction.ts';
import { leader } from '../../consensus/quorum.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, compareBytes, equalBytes, toHex, utf8 } from '../../core/bytes.ts';
import type { Code } from '../../core/codes.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32, InfoHash20, PublicKey32, Seed32 } from '../../core/scalars.ts';
import { publicKeyOf } from '../../core/sign.ts';
import type { Verdict } from '../../core/verdict.ts';

export const START = 1_750_000_000_000;
export const BILLING_TOKENS = 1_000_000n;
export const READER_TOKENS = 1_000n;
const NO_SIGNATURE = new Uint8Array(64);

/** The secret behind a name. */
export function seedOf(name: string): Seed32 {
  return sha256(utf8(`test ${name}`));
}
const KEYS = new Map<string, PublicKey32>();
export function keyOf(name: string): PublicKey32 {
  const known = KEYS.get(name) ?? publicKeyOf(seedOf(name));
  KEYS.set(name, known);
  return known;
}
/** 32 bytes that stand for the hash of something called so. */
export function hashOf(name: string): Hash32 {
  return sha256(utf8(name));
}
export function infoHashesOf(name: string): InfoHash20[] {
  return [1, 2, 3, 4].map((format) => hashOf(`${name} ${format}`).subarray(0, 20));
}

export const LIBRARIES = ['ann', 'bob', 'cid', 'dan'] as const;

export function genesisOf(parameters: Partial<Parameters> = {}, authorities = 3): Genesis {
  return {
    version: 1,
    name: 'Test Federation',
    time: START,
    accounts: [
      { key: keyOf('billing'), tokens: BILLING_TOKENS },
      { key: keyOf('reader'), tokens: READER_TOKENS },
      { key: keyOf('uploader'), tokens: 0n },
    ],
    members: LIBRARIES.map((name) => ({ key: keyOf(name), name, addresses: [], tracker: '', api: '' })),
    authorities: LIBRARIES.slice(0, authorities).map(keyOf).sort(compareBytes),
    roles: [{ key: keyOf('billing'), role: 'billing' }],
    parameters: {
      ...defaultParameters(LIBRARIES.length),
      attestations: 1,
      saleTimeoutMs: 1_000_000,
      upgradeNoticeBlocks: 10,
      cardBytesPerNodePerDay: 1_000,
      ...parameters,
    },
  };
}

export class World {
  readonly genesis: Genesis;
  readonly chainId: Hash32;
  state: State;
  /** The newest rules that the makers of its blocks say to know. */
  knows = RULES_VERSION;
  /** Authorities whose views pass without a block. */
  away: readonly PublicKey32[] = [];
  /** Every block after genesis. */
  readonly blocks: Executed[] = [];
  #nonces = 0;
  /** Of each file, as it was last uploaded. */
  readonly #sizes = new Map<string, bigint>();

  constructor(genesis: Genesis = genesisOf()) {
    this.genesis = genesis;
    this.chainId = chainIdOf(genesis);
    this.state = stateOf(genesis);
  }

  get time(): number {
    return this.state.header.time;
  }

  /** For those who ask the state: time of the last block, epoch of the next. */
  get now() {
    return { time: this.time, epoch: childEpoch(this.state.header) };
  }

  /** What a block made one second later would say. */
  verdict(transaction: Transaction, afterMs = 1_000): Verdict {
    const { header } = this.state;
    const context = {
      chainId: this.chainId,
      height: header.height + 1,
      time: this.time + afterMs,
      epoch: childEpoch(header),
      version: childVersion(this.state),
    };
    return check(this.state.view, transaction, context);
  }

  code(transaction: Transaction, afterMs = 1_000): Code | 'accept' {
    const verdict = this.verdict(transaction, afterMs);
    return verdict.kind === 'accept' ? 'accept' : verdict.code;
  }

  /** Makes a block of exactly these, executes it again as a stranger's, and goes on from it. */
  run(transactions: readonly Transaction[], afterMs = 1_000): Executed {
    const built = this.build(transactions.map(encodeChecked), afterMs);
    assert(built.refused.length === 0, built.refused.map(({ verdict }) => verdict.code).join());
    return this.adopt(built.executed);
  }

  build(candidates: readonly CheckedTransaction[], afterMs = 1_000) {
    const { proposer, knows } = this;
    const at = { view: this.#nextView(), time: this.time + afterMs, proposer, knows };
    return buildBlock(this.state, candidates, at);
  }

  adopt(executed: Executed): Executed {
    const again = executeBlock(this.state, executed.block, executed.transactions);
    assert(again.kind === 'accept', 'what one builds the others accept');
    assert(toHex(again.value.hash) === toHex(executed.hash), 'executing twice gives the same');
    this.state = again.value.state;
    this.blocks.push(again.value);
    return again.value;
  }

  /** Whoever makes the next block. */
  get proposer(): PublicKey32 {
    return this.#leaderOf(this.#nextView());
  }

  #nextView(): number {
    let next = this.state.header.view + 1;
    while (this.away.some((key) => equalBytes(key, this.#leaderOf(next)))) next += 1;
    return next;
  }

  #leaderOf(view: number): PublicKey32 {
    const keys = authorities(this.state.view);
    return keys[leader(childEpoch(this.state.header), view, keys.length)]!;
  }

  /** What every kind with a nonce carries: a fresh nonce, ten minutes to live. */
  once(): { nonce: Bytes; expires: number; signature: Bytes } {
    const nonce = sha256(utf8(`nonce ${this.#nonces++}`)).subarray(0, 16);
    return { nonce, expires: this.#inTenMinutes(), signature: NO_SIGNATURE };
  }

  #inTenMinutes(): number {
    return Math.floor(this.time / 1_000) + 600;
  }

  register(name: string, sponsor = 'ann'): TransactionOf<'register'> {
    return { kind: 'register', key: keyOf(name), sponsor: keyOf(sponsor), signature: NO_SIGNATURE };
  }

  upload(file: string, size: bigint, key = 'uploader', more: Partial<TransactionOf<'upload'>> = {}) {
    this.#sizes.set(file, size);
    const transaction: TransactionOf<'upload'> = {
      kind: 'upload',
      hash: hashOf(file),
      size,
      name: file,
      infoHashes: infoHashesOf(file),
      key: keyOf(key),
      expires: undefined,
      signature: NO_SIGNATURE,
      sponsor: keyOf('ann'),
      sponsorExpires: this.#inTenMinutes(),
      sponsorSignature: NO_SIGNATURE,
      ...more,
    };
    return transaction;
  }

  /** Of the size of this reader's pending upload, or of the last one made. @param content - other bytes give other info hashes. */
  attest(
    file: string,
    node: string = 'ann',
    uploader = 'uploader',
    content = file,
    more: Partial<TransactionOf<'attest'>> = {},
  ) {
    const pending = pendingUpload(this.state.view, hashOf(file), keyOf(uploader), this.time);
    const transaction: TransactionOf<'attest'> = {
      kind: 'attest',
      hash: hashOf(file),
      size: pending?.size ?? this.#sizes.get(file) ?? 5n,
      name: file,
      uploader: keyOf(uploader),
      infoHashes: infoHashesOf(content),
      node: keyOf(node),
      ...this.once(),
      ...more,
    };
    return transaction;
  }

  download(file: string, key = 'reader', expires?: number): TransactionOf<'download'> {
    return { kind: 'download', hash: hashOf(file), key: keyOf(key), expires, signature: NO_SIGNATURE };
  }

  /** Of this period, and with a ceiling of ten days, unless it is said. */
  card(key: string, allowance: bigint, more: Partial<TransactionOf<'card'>> = {}): TransactionOf<'card'> {
    const terms = { allowance, ceiling: 10n * allowance, until: this.period };
    return { kind: 'card', key: keyOf(key), ...terms, sponsor: keyOf('ann'), ...this.once(), ...more };
  }

  get period(): number {
    return periodOf(dayOf(this.time));
  }

  transfer(to: string, amount: bigint, key = 'reader'): TransactionOf<'transfer'> {
    return { kind: 'transfer', to: keyOf(to), amount, key: keyOf(key), ...this.once() };
  }

  buy(to: string, amount: bigint, receipt: string, billing = 'billing'): TransactionOf<'buy'> {
    const parties = { to: keyOf(to), billing: keyOf(billing) };
    return { kind: 'buy', amount, receipt: hashOf(receipt), ...parties, ...this.once() };
  }

  sell(amount: bigint, key = 'reader', billing = 'billing'): TransactionOf<'sell'> {
    const parties = { payee: hashOf('payee'), billing: keyOf(billing), key: keyOf(key) };
    return { kind: 'sell', amount, rate: '1 EUR', ...parties, ...this.once() };
  }

  settle(sale: Hash32, billing = 'billing'): TransactionOf<'settle'> {
    return { kind: 'settle', sale, billing: keyOf(billing), ...this.once() };
  }

  release(sale: Hash32, billing = 'billing'): TransactionOf<'release'> {
    return { kind: 'release', sale, billing: keyOf(billing), ...this.once() };
  }

  reclaim(sale: Hash32, key = 'reader'): TransactionOf<'reclaim'> {
    return { kind: 'reclaim', sale, key: keyOf(key), ...this.once() };
  }

  propose(action: Action, proposer: string = 'ann'): TransactionOf<'propose'> {
    return { kind: 'propose', action, proposer: keyOf(proposer), ...this.once() };
  }

  approve(proposal: Hash32, authority: string): TransactionOf<'approve'> {
    return { kind: 'approve', proposal, authority: keyOf(authority), signature: NO_SIGNATURE };
  }

  /** That these be the authorities, with the seats of those who are none yet. Fits the next block. */
  elect(...names: readonly string[]): Election {
    const epoch = childEpoch(this.state.header);
    const sitting = authorities(this.state.view);
    return electionOf(this.chainId, names, { sitting, epoch, time: this.time });
  }

  /** Proposed by the first authorities and approved by as many as it takes. */
  decide(action: Action, authorities: readonly string[] = ['ann', 'bob', 'cid']): Executed {
    const proposal = this.propose(action, authorities[0]);
    const { id } = encodeChecked(proposal);
    return this.run([proposal, ...authorities.slice(1).map((name) => this.approve(id, name))]);
  }

  /** An available file of this size, uploaded by `uploader`, sponsored by `ann` and attested by as many as it takes. */
  publish(file: string, size: bigint): void {
    const others = LIBRARIES.slice(1, parameters(this.state.view).attestations);
    this.run([this.upload(file, size), ...others.map((name) => this.attest(file, name))]);
  }
}

export type Election = Extract<Action, { readonly kind: 'set-authorities' }>;

/** Signed, so that nodes take it as well. @param present - who votes now, and when it is. */
export function electionOf(
  chainId: Hash32,
  names: readonly string[],
  present: { readonly sitting: readonly PublicKey32[]; readonly epoch: number; readonly time: number },
): Election {
  const { sitting, epoch, time } = present;
  const expires = Math.floor(time / 1_000) + 3_600;
  const seats = names
    .filter((name) => !sitting.some((key) => equalBytes(key, keyOf(name))))
    .map((name) => signSeat(chainId, { key: keyOf(name), epoch, expires }, seedOf(name)))
    .sort((a, b) => compareBytes(a.key, b.key));
  return { kind: 'set-authorities', keys: names.map(keyOf).sort(compareBytes), seats };
}

export function idOf(transaction: Transaction): Hash32 {
  return encodeChecked(transaction).id;
}

export function stateOf(genesis: Genesis): State {
  const { block, hash, writes, tree } = genesisState(genesis);
  const nothing = { view: { get: () => undefined }, tree: { node: () => undefined } };
  const overlay = new Overlay(nothing, writes, tree);
  return { header: block.header, hash, view: overlay, tree: overlay };
}

/** All entries and pages that a run of blocks leaves behind, as a store would hold them. */
export function storedBy(world: World) {
  const values = new Map<string, Bytes>();
  const pages = new Map<string, Bytes>();
  const start = genesisState(world.genesis);
  for (const { writes, tree } of [start, ...world.blocks]) {
    for (const { key, value } of writes) {
      if (value === undefined) values.delete(toHex(key));
      else values.set(toHex(key), value);
    }
    for (const [key, page] of tree.put) pages.set(toHex(key), page);
    for (const key of tree.stale) assert(pages.delete(toHex(key)), 'what is stale was there');
  }
  return { values, pages };
}
