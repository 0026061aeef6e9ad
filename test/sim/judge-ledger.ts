/**
 * The judge's own ledger: the reference model of test/model/, which shares no code with chain/, plays every block that
 * is final. It says whether a transaction was allowed at all, and what has to be seen afterwards.
 */

import { heldBy, totalOf } from '../../chain/accounts/supply.ts';
import type { Header } from '../../chain/block/block.ts';
import type { Genesis } from '../../chain/block/genesis.ts';
import type { StateView } from '../../chain/state/state.ts';
import type { Transaction } from '../../chain/transaction/transaction.ts';
import { hexToBytes, toHex } from '../../core/bytes.ts';
import { signingHash } from '../../core/sign.ts';
import { Ledger } from '../model/ledger.ts';
import type { Action } from '../model/ledger-types.ts';
import { observe, type Sight } from '../model/observe.ts';
import { plainGenesis, plainTransaction } from '../model/plain.ts';
import { type Moment, questionOf } from '../model/questions.ts';
import { unsoundness } from '../model/sound.ts';
import type { Signatures } from './signatures.ts';

/** What must be seen after a block, as far as it has changed. */
export type Change = {
  readonly moment: Moment;
  /** Line → what it says; undefined = there is no such thing any more. */
  readonly lines: ReadonlyMap<string, string | undefined>;
};

export type Played = {
  /** The first transaction that was not allowed, in words. */
  readonly forbidden: string | undefined;
  readonly change: Change;
  /** What the authorities have decided in it. */
  readonly decided: readonly Action['kind'][];
  /** Proposals that have waited for approvals until they were over. */
  readonly expired: number;
  /** Of the rules that it has to follow. */
  readonly version: number;
  /** Does an upgrade come into force with it? */
  readonly upgrades: boolean;
};

export class LedgerJudge {
  readonly #model: Ledger;
  #sight: Sight;
  /** Uploads, attestations and files that there were ever. */
  readonly #heard = new Set<string>();

  constructor(genesis: Genesis, chainId: Uint8Array, { verify }: Signatures) {
    this.#model = new Ledger(plainGenesis(genesis, toHex(chainId)), (key, text, signature) =>
      verify(hexToBytes(key), signingHash(text), hexToBytes(signature)),
    );
    this.#sight = observe(this.#model.state);
  }

  play({ time, proposer, knows }: Header, transactions: readonly Transaction[]): Played {
    const waiting = this.#waiting();
    const before = this.#model.block.version;
    this.#model.begin(time);
    const expired = waiting - this.#waiting();
    const { upgrade } = this.#model.state;
    const { height, version } = this.#model.block;
    const upgrades = version === upgrade?.version && (before !== version || height === upgrade.height);
    let forbidden: string | undefined;
    for (const transaction of transactions) {
      const verdict = this.#model.apply(plainTransaction(transaction));
      if (verdict.kind !== 'accept') forbidden ??= `${transaction.kind}: ${verdict.kind} ${verdict.code}`;
      this.#hear(transaction);
    }
    this.#model.end(toHex(proposer), knows);
    const sight = this.#sight;
    this.#sight = observe(this.#model.state);
    const lines = new Map<string, string | undefined>();
    for (const [line, value] of this.#sight) if (sight.get(line) !== value) lines.set(line, value);
    for (const line of sight.keys()) if (!this.#sight.has(line)) lines.set(line, undefined);
    for (const hash of this.#model.state.files.keys()) this.#heard.add(hash);
    const { epoch, sealed, decided } = this.#model.block;
    const moment = { time, epoch: sealed ? epoch + 1 : epoch };
    return { forbidden, decided, expired, version, upgrades, change: { moment, lines } };
  }

  /** Of the rules that the next block has to follow. */
  get nextVersion(): number {
    return this.#model.nextVersion();
  }

  /** Is everything conserved, and nobody below nothing? */
  isSound(): boolean {
    const { accounts, supply } = this.#model.state;
    const all = [...accounts.values()];
    const held = all.reduce((sum, one) => sum + heldBy(one), 0n);
    return held === totalOf(supply) && unsoundness(this.#model.state) === undefined;
  }

  isRegistered(key: Uint8Array): boolean {
    return this.#model.state.accounts.has(toHex(key));
  }

  hasBought(hash: Uint8Array, key: Uint8Array): boolean {
    return this.#model.state.purchases.has(`${toHex(hash)} ${toHex(key)}`);
  }

  /** Was this upload announced, this attestation given, ever? Or the file is there, and needs neither. */
  hasHeard(transaction: Extract<Transaction, { kind: 'upload' | 'attest' }>): boolean {
    return this.#heard.has(toHex(transaction.hash)) || this.#heard.has(wordOf(transaction));
  }

  /** Proposals that are neither applied nor over. */
  #waiting(): number {
    let count = 0;
    for (const { applied } of this.#model.state.proposals.values()) if (applied === undefined) count += 1;
    return count;
  }

  #hear(transaction: Transaction): void {
    if (transaction.kind === 'upload' || transaction.kind === 'attest') this.#heard.add(wordOf(transaction));
  }
}

/** @returns the first line of the change that this state does not show, and what it shows instead. */
export function differenceFrom({ lines, moment }: Change, view: StateView): string | undefined {
  for (const [line, value] of lines) {
    const seen = questionOf(line)(view, moment);
    if (seen !== value) return `${line}: ${seen ?? 'nothing'}, not ${value ?? 'nothing'}`;
  }
  return undefined;
}

function wordOf(transaction: Extract<Transaction, { kind: 'upload' | 'attest' }>): string {
  const { kind, hash } = transaction;
  if (kind === 'upload') return `upload ${toHex(hash)} ${toHex(transaction.key)}`;
  return `attest ${toHex(hash)} ${toHex(transaction.uploader)} ${toHex(transaction.node)}`;
}
