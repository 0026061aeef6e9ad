/** Plays a history on the model and on chain/, and says where they part. */
import { Author } from './author.ts';
import { playInBlocks } from './blocks.ts';
import { type Applied, ChainSide } from './chain-side.ts';
import type { Counts } from './counts.ts';
import type { History, Step } from './history.ts';
import { Ledger } from './ledger.ts';
import { idOf, sha256 } from './ledger-encoding.ts';
import { onceOf, type Transaction, textOf } from './ledger-kinds.ts';
import type { Verdict } from './ledger-types.ts';
import { observe, type Sight } from './observe.ts';
import { unsoundness } from './sound.ts';

/** Where the two have parted: at which step, and how. */
export type Parting = { readonly step: number; readonly detail: string };
/** Every so many histories go through whole blocks as well, which takes longer. */
const IN_BLOCKS = 16;

export type Outcome = { readonly history: History; readonly parting: Parting | undefined };

/** A history that the seed tells, played as it is told. @param counts - of what was judged how. */
export function playSeed(seed: number, counts?: Counts): Outcome {
  const author = new Author(seed);
  const sides = new Sides(author.genesis, counts);
  const steps: Step[] = [];
  let parting: Parting | undefined;
  while (steps.length < author.length && parting === undefined) {
    const step = author.next(sides.model);
    if (step === undefined) break;
    parting = sides.play(step, steps.length);
    steps.push(step);
  }
  parting ??= sides.end(steps.length);
  const history = { genesis: author.genesis, steps };
  if (seed % IN_BLOCKS === 0) parting ??= sides.inBlocks(history);
  return { history, parting };
}

/** The steps of a history that are named, in their order; all of them also in blocks. */
export function play(
  { genesis, steps }: History,
  kept?: readonly number[],
  counts?: Counts,
): Parting | undefined {
  const sides = new Sides(genesis, counts);
  const numbers = kept ?? steps.keys();
  let last = 0;
  for (const number of numbers) {
    const parting = sides.play(steps[number]!, number);
    if (parting !== undefined) return parting;
    last = number;
  }
  return sides.end(last) ?? (kept === undefined ? sides.inBlocks({ genesis, steps }) : undefined);
}

/** The model and chain/, side by side. */
export class Sides {
  readonly model: Ledger;
  readonly #chain: ChainSide;
  readonly #counts: Counts | undefined;
  #open = false;
  /** Of each block, the ids of what happened. */
  readonly #accepted: string[][] = [];

  constructor(genesis: History['genesis'], counts?: Counts) {
    this.#chain = new ChainSide(genesis);
    this.model = new Ledger({ ...genesis, chain: this.#chain.chain });
    this.#counts = counts;
  }

  /** @param number - of the step, for whoever is told of a parting. */
  play(step: Step, number: number): Parting | undefined {
    if (step.kind === 'transaction') return this.#transaction(step.transaction, number);
    const parting = this.end(number);
    this.model.begin(step.time);
    this.#chain.begin(step.time);
    this.#open = true;
    this.#accepted.push([]);
    return parting;
  }

  /** The last block, if there was one, is final: everything that can be seen is compared. */
  end(number: number): Parting | undefined {
    if (!this.#open) return undefined;
    this.#open = false;
    this.#chain.end();
    const { state } = this.model;
    const detail = unsoundness(state) ?? difference(observe(state), this.#chain.observe());
    return detail === undefined ? undefined : { step: number, detail };
  }

  /** Of chain/: key → value, in hex. */
  chainState(): ReadonlyMap<string, string> {
    return this.#chain.state();
  }

  /** The whole history once more, in blocks as they are built and executed. */
  inBlocks(history: History): Parting | undefined {
    const detail = playInBlocks(history, { accepted: this.#accepted, state: this.#chain.state() });
    return detail === undefined ? undefined : { step: history.steps.length - 1, detail };
  }

  #transaction(transaction: Transaction, number: number): Parting | undefined {
    if (!this.#open) return undefined; // its block was dropped
    const id = idOf(transaction);
    const inBlock = this.#accepted.at(-1)!;
    if (inBlock.includes(id)) return undefined; // nothing stands in a block twice
    const mentioned = mentionedBy(transaction, id);
    if (mentioned !== undefined) this.#chain.mention(mentioned);
    const { chain } = this.model.state;
    const decided = this.model.block.decided.length;
    const ours = this.model.apply(transaction);
    if (ours.kind === 'accept') inBlock.push(id);
    this.#counts?.judged(transaction, ours);
    for (const kind of this.model.block.decided.slice(decided)) this.#counts?.decided(kind);
    let theirs: Applied;
    try {
      theirs = this.#chain.apply(transaction);
    } catch (error) {
      return { step: number, detail: `chain/ throws: ${error}` };
    }
    const text = sha256(textOf(chain, transaction));
    const own = [wordFor(ours), wordFor(ours), id, text, onceOf(chain, transaction)?.text];
    const other = [wordFor(theirs.verdict), wordFor(theirs.checked), theirs.id, theirs.text, theirs.once];
    const wrong = WHAT.find((_, i) => own[i] !== other[i]);
    if (wrong === undefined) return undefined;
    const at = WHAT.indexOf(wrong);
    return { step: number, detail: `${wrong}: the model says ${own[at]}, chain/ says ${other[at]}` };
  }
}

/** The line that may be there once this has happened, and could not be known before. */
function mentionedBy(transaction: Transaction, id: string): string | undefined {
  switch (transaction.kind) {
    case 'sell':
      return `sale ${id}`;
    case 'propose':
      return `proposal ${id}`;
    case 'buy':
      return `receipt ${transaction.billing} ${transaction.receipt}`;
    case 'download':
      return `purchase ${transaction.hash} ${transaction.key}`;
    default:
      return undefined;
  }
}

const WHAT = [
  'verdict',
  'verdict of check',
  'id',
  'hash of the signed text',
  'hash that is remembered',
] as const;

function wordFor(verdict: Verdict): string {
  return verdict.kind === 'accept' ? 'accept' : `${verdict.kind} ${verdict.code}`;
}

function difference(ours: Sight, theirs: Sight): string | undefined {
  for (const [name, value] of ours) {
    if (theirs.get(name) !== value) {
      return `${name}\n  the model: ${value}\n  chain/:    ${theirs.get(name) ?? 'nothing'}`;
    }
  }
  for (const [name, value] of theirs) {
    if (!ours.has(name)) return `${name}\n  the model: nothing\n  chain/:    ${value}`;
  }
  return undefined;
}
