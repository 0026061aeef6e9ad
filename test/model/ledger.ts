/**
 * The reference model of the ledger: written from docs/ledger.md, sentence by sentence, slow and plain, sharing no
 * code with chain/. A transaction is judged and, when it happens, done, in one go.
 */

import { turnToDay } from './ledger-cards.ts';
import { areSeatsSigned } from './ledger-governance.ts';
import { hasSigned } from './ledger-keys.ts';
import { KINDS, onceOf, type Transaction } from './ledger-kinds.ts';
import { type Block, DAY_MS, forgetWhatIsOver, type Ruled, type State, stateOf } from './ledger-state.ts';
import { ACCEPT, type Genesis, reject, type Verdict } from './ledger-types.ts';

const UPLOAD_EXPIRES_MS = 31 * 86_400_000;
const ONCE_EXPIRES_MS = 3_600_000;
const SHELF_MAX = 1_024;
const SIGNAL_BLOCKS = 600;

export class Ledger {
  readonly state: State;
  readonly #hasSigned: typeof hasSigned;
  #block: Block;

  /** @param verify - who has signed for a seat, where signatures are others than Ed25519. */
  constructor(genesis: Genesis, verify = hasSigned) {
    this.#hasSigned = verify;
    this.state = stateOf(genesis);
    this.#block = { height: 0, time: 0, version: 1, epoch: 0, sealed: false, decided: [] };
  }

  get block(): Readonly<Block> {
    return this.#block;
  }

  /** The rules that the next block follows: a scheduled upgrade is due from its height on, when enough are ready. */
  nextVersion(): number {
    const { upgrade, authorities, signals } = this.state;
    const { height, version } = this.#block;
    if (upgrade === undefined || upgrade.version <= version || height + 1 < upgrade.height) return version;
    const ready = authorities.filter((key) => {
      const said = signals.get(key);
      return said !== undefined && said.version >= upgrade.version && height - said.height < SIGNAL_BLOCKS;
    });
    const enough = authorities.length - Math.floor((authorities.length - 1) / 3);
    return ready.length >= enough ? upgrade.version : version;
  }

  /** The block is over. @param maker - who made it, and what its header says of newer rules. */
  end(maker: string, knows?: number): void {
    const { height, version } = this.#block;
    if (knows === undefined) this.state.signals.delete(maker);
    else this.state.signals.set(maker, { version: knows, height });
    for (const [key, said] of this.state.signals) {
      if (said.version <= version || height - said.height >= SIGNAL_BLOCKS) this.state.signals.delete(key);
    }
  }

  /** A block begins. @param time - later than that of the one before. */
  begin(time: number): void {
    const { height, epoch, sealed } = this.#block;
    const version = this.nextVersion();
    const present = sealed ? epoch + 1 : epoch;
    this.#block = { height: height + 1, time, version, epoch: present, sealed: false, decided: [] };
    turnToDay(this.state, Math.floor(time / DAY_MS));
    forgetWhatIsOver(this.state, time);
  }

  /** May it happen in this block? Then it has happened. The signatures of the transaction itself hold. */
  apply(transaction: Transaction): Verdict {
    const { state } = this;
    if (transaction.kind === 'propose' && !areSeatsSigned(state.chain, transaction, this.#hasSigned)) {
      return reject('signature.wrong');
    }
    const alive = checkLife(state, transaction, this.#block);
    if (alive.kind !== 'accept') return alive;
    const { judge }: Ruled<Transaction> = KINDS[transaction.kind];
    const verdict = judge(state, transaction, this.#block);
    const once = onceOf(state.chain, transaction);
    if (verdict.kind === 'accept' && once !== undefined) {
      const { text, expires } = once;
      state.seen.set(text, expires);
      const shelf = shelfOf(text, expires);
      state.shelves.set(shelf, (state.shelves.get(shelf) ?? 0) + 1);
    }
    return verdict;
  }
}

/** "Life of a transaction". */
function checkLife(state: State, transaction: Transaction, { time }: Block): Verdict {
  const expires = 'expires' in transaction ? transaction.expires : undefined;
  // 1
  if (expires !== undefined && time > expires * 1_000) return reject('transaction.expired');
  // 2
  if (transaction.kind === 'upload' && expires !== undefined && expires * 1_000 > time + UPLOAD_EXPIRES_MS) {
    return reject('transaction.expires-too-far');
  }
  // 3
  const once = onceOf(state.chain, transaction);
  if (once === undefined) return ACCEPT;
  if (time > once.expires * 1_000) return reject('transaction.expired');
  if (once.expires * 1_000 > time + ONCE_EXPIRES_MS) return reject('transaction.expires-too-far');
  if (state.seen.has(once.text)) return reject('transaction.repeated');
  const full = (state.shelves.get(shelfOf(once.text, once.expires)) ?? 0) >= SHELF_MAX;
  return full ? reject('transaction.too-many-expire') : ACCEPT;
}

/** docs/decisions/seen.md: 1,024 shelves of a minute, by the first bits of the hash. */
function shelfOf(text: string, expires: number): string {
  return `${Math.floor(expires / 60)} ${Number.parseInt(text.slice(0, 4), 16) % 1_024}`;
}
