/**
 * The same history through whole blocks: built as a leader builds them, from bytes as they come over the wire, and
 * executed as the others do. What is refused, and the state that is left, must be what came of the bare rules.
 */
import { buildBlock, executeBlock, type State } from '../../chain/block/execute.ts';
import { genesisState } from '../../chain/block/genesis.ts';
import { RULES_VERSION } from '../../chain/block/version.ts';
import { authorities } from '../../chain/queries.ts';
import { type CheckedTransaction, markChecked } from '../../chain/transaction/signing.ts';
import { decodeTransaction, encodeTransaction } from '../../chain/transaction/transaction.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { areSeatsSigned } from './chain-side.ts';
import { type History, START_MS } from './history.ts';
import { chainGenesis, chainTransaction } from './plain.ts';

/** What came of the bare rules. */
export type Expected = {
  /** Of each block, the ids of what happened. */
  readonly accepted: readonly (readonly string[])[];
  /** Key → value, in hex. */
  readonly state: ReadonlyMap<string, string>;
};

/** @returns what differs, or undefined. */
export function playInBlocks({ genesis, steps }: History, expected: Expected): string | undefined {
  const store = new Map<string, Bytes>();
  const pages = new Map<string, Bytes>();
  const start = genesisState(chainGenesis(genesis, START_MS));
  const view = { get: (key: Bytes) => store.get(toHex(key)) };
  const tree = { node: (key: Bytes) => pages.get(toHex(key)) };
  let state: State = { header: start.block.header, hash: start.hash, view, tree };
  write(store, pages, start);
  for (const [index, { time, candidates }] of blocksOf(steps, start.block.header.chainId).entries()) {
    const proposer = authorities(view)[0]!;
    const { executed } = buildBlock(state, candidates, { view: state.header.view + 1, time, proposer });
    const ids = executed.transactions.map(({ id }) => toHex(id));
    if (ids.join() !== expected.accepted[index]?.join()) return `block ${index + 1} has other transactions`;
    const again = executeBlock(state, executed.block, executed.transactions);
    if (again.kind !== 'accept') return `block ${index + 1} cannot be executed: ${again.code}`;
    write(store, pages, executed);
    state = { header: executed.block.header, hash: executed.hash, view, tree };
  }
  const other = [...store].find(([key, value]) => expected.state.get(key) !== toHex(value));
  if (other !== undefined) return `the blocks leave another value at ${other[0]}`;
  return store.size === expected.state.size ? undefined : 'the blocks leave fewer entries';
}

type Writes = Pick<ReturnType<typeof genesisState>, 'writes' | 'tree'>;

function write(store: Map<string, Bytes>, pages: Map<string, Bytes>, { writes, tree }: Writes): void {
  for (const { key, value } of writes) {
    if (value === undefined) store.delete(toHex(key));
    else store.set(toHex(key), value);
  }
  for (const [key, page] of tree.put) pages.set(toHex(key), page);
}

function blocksOf(
  steps: History['steps'],
  chainId: Bytes,
): { time: number; candidates: CheckedTransaction[] }[] {
  const blocks: { time: number; candidates: CheckedTransaction[] }[] = [];
  for (const step of steps) {
    if (step.kind === 'block') blocks.push({ time: step.time, candidates: [] });
    else {
      const checked = overTheWire(encodeTransaction(chainTransaction(step.transaction)));
      if (areSeatsSigned(chainId, checked.transaction)) blocks.at(-1)?.candidates.push(checked);
    }
  }
  return blocks;
}

/** @throws when a history holds what no transaction can be. */
function overTheWire(bytes: Bytes): CheckedTransaction {
  const decoded = decodeTransaction(bytes, RULES_VERSION);
  if (decoded.kind !== 'accept') throw new Error(`no transaction: ${decoded.code}`);
  return markChecked(bytes, decoded.value);
}
