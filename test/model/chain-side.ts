/**
 * The ledger of chain/ as the other side of a comparison: given the same plain transactions as the model, through the
 * public doors, and looked at in the same words.
 */
import { chainIdOf, genesisState } from '../../chain/block/genesis.ts';
import { childVersion } from '../../chain/block/version.ts';
import type { RuleContext } from '../../chain/kind/rule.ts';
import { authorities } from '../../chain/queries.ts';
import { Draft, type StateView, type StateWrite } from '../../chain/state/state.ts';
import { apply, check } from '../../chain/transaction/rules.ts';
import { onceOf, signatureChecks, signedHash } from '../../chain/transaction/signing.ts';
import { encodeTransaction, type Transaction, transactionId } from '../../chain/transaction/transaction.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { verifyHash } from '../../core/sign.ts';
import { reject, type Verdict } from '../../core/verdict.ts';
import { type History, START_MS } from './history.ts';
import type * as Model from './ledger-kinds.ts';
import type { Sight } from './observe.ts';
import { chainGenesis, chainTransaction } from './plain.ts';
import { Watch } from './watch.ts';

/** What the rules say, and the id and the hash of the signed text that they go by, in hex. */
export type Applied = {
  readonly verdict: Verdict<unknown>;
  readonly checked: Verdict;
  readonly id: string;
  readonly text: string;
  /** Hash of the text that is remembered, if the kind happens once. */
  readonly once: string | undefined;
};

export class ChainSide {
  readonly chain: string;
  readonly #chainId: Bytes;
  readonly #state = new Map<string, Bytes>();
  readonly #view: StateView = { get: (key) => this.#state.get(toHex(key)) };
  readonly #watch = new Watch(this.#view);
  #draft = new Draft(this.#view);
  #context: RuleContext;

  constructor(genesis: History['genesis']) {
    const own = chainGenesis(genesis, START_MS);
    this.#chainId = chainIdOf(own);
    this.chain = toHex(this.#chainId);
    this.#context = { chainId: this.#chainId, height: 0, time: START_MS, version: 1, epoch: 0 };
    this.#write(genesisState(own).writes);
  }

  begin(time: number): void {
    const { version, height, epoch } = this.#context;
    const next = childVersion({ header: { version, height }, view: this.#view });
    this.#context = { chainId: this.#chainId, height: height + 1, time, version: next, epoch };
    this.#draft = new Draft(this.#view);
  }

  apply(plain: Model.Transaction): Applied {
    const transaction = chainTransaction(plain);
    const bytes = encodeTransaction(transaction);
    const id = toHex(transactionId(bytes));
    const text = toHex(signedHash(this.#chainId, transaction));
    const remembered = onceOf(this.#chainId, transaction)?.hash;
    const once = remembered && toHex(remembered);
    if (!areSeatsSigned(this.#chainId, transaction)) {
      const wrong = reject('signature.wrong');
      return { verdict: wrong, checked: wrong, id, text, once };
    }
    const checked = check(this.#draft, transaction, this.#context);
    const verdict = apply(this.#draft, transaction, this.#context);
    return { verdict, checked, id, text, once };
  }

  /** The block is final. */
  end(): void {
    const before = authorities(this.#view).map(toHex).join();
    this.#write(this.#draft.writes());
    const sealed = authorities(this.#view).map(toHex).join() !== before;
    if (sealed) this.#context = { ...this.#context, epoch: this.#context.epoch + 1 };
  }

  /** What can be seen after the last block. */
  observe(): Sight {
    const { time, epoch } = this.#context;
    return this.#watch.look({ time, epoch });
  }

  /** Is to be looked at from now on. @param line - as `observe` names it. */
  mention(line: string): void {
    this.#watch.add(line);
  }

  /** Key → value, in hex. */
  state(): ReadonlyMap<string, string> {
    return new Map([...this.#state].map(([key, value]) => [key, toHex(value)]));
  }

  #write(writes: readonly StateWrite[]): void {
    for (const { key, value } of writes) {
      const hex = toHex(key);
      if (value === undefined) this.#state.delete(hex);
      else this.#state.set(hex, value);
      this.#watch.changed(hex);
    }
  }
}

/** The signatures of the transactions themselves are made up: they are no part of the rules. Those of seats are real. */
export function areSeatsSigned(chainId: Bytes, transaction: Transaction): boolean {
  if (transaction.kind !== 'propose') return true;
  const [, ...seats] = signatureChecks(chainId, transaction);
  return seats.every(({ publicKey, hash, signature }) => verifyHash(publicKey, hash, signature));
}
