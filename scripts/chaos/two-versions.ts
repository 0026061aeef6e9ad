/**
 * An upgrade of a running federation: two libraries have the new program and two the old one, and both follow the old
 * rules; the authorities agree on a height; three are ready by then. The fourth was forgotten: it says so and makes
 * no block any more, while the others go on under the new rules; with the new program it is back.
 */
import { signTransaction } from '../../chain/transaction/signing.ts';
import { encodeTransaction, type Transaction } from '../../chain/transaction/transaction.ts';
import { fromHex } from '../../core/bytes.ts';
import { systemRandom } from '../../node/process/system.ts';
import { anyone, backAgain, type Scene } from './scene.ts';
import { type ChaosStage, LIBRARIES, until } from './stage.ts';

/** Blocks from the proposal to the height: enough for three approvals, and for a word of each who is ready. */
const AHEAD = 60;
const LIFE_SECONDS = 600;
/** Blocks that must have been made under the new rules. */
const BEYOND = 5;

export async function twoVersions(scene: Scene): Promise<string> {
  const { stage, load, purchases } = scene;
  const version = stage.rulesVersion + 1;
  const forgotten = anyone(scene);
  const ready = Array.from({ length: LIBRARIES }, (_, i) => i).filter((i) => i !== forgotten);
  const update = async (i: number): Promise<void> => {
    await stage.process(i).stop();
    stage.install(i, version);
    await stage.restart(i);
    await backAgain(scene, i, 'updated');
  };
  for (const i of ready.slice(0, 2)) await update(i);
  await load.more(purchases);
  const height = await agreeOn(stage, ready, version);
  await update(ready[2]!);

  await until(`${stage.name(forgotten)} outdated`, async () => (await stage.role(forgotten)) === 'outdated');
  await until('blocks under the new rules', async () => {
    const status = await stage.status(ready[0]!);
    return status !== undefined && status.height > height + BEYOND;
  });
  await load.more(purchases);
  const last = await stage.status(forgotten);
  // Where three were late to say that they are ready, the new rules have waited.
  if (last === undefined || last.height < height - 1) {
    throw new Error(`the forgotten library stands at ${last?.height}, which is before ${height}`);
  }
  if (last.ready) throw new Error('the forgotten library says that it is ready');
  await update(forgotten);
  stage.rulesVersion = version;
  return `${stage.name(forgotten)} missed the rules of version ${version} from block ${height} on, and was updated`;
}

/** One proposes the upgrade, the others approve. @returns its height. */
async function agreeOn(
  stage: ChaosStage,
  [first, ...others]: readonly number[],
  version: number,
): Promise<number> {
  const { chainId, libraries } = stage.homes;
  const chain = fromHex(chainId, 32)!;
  const status = await stage.status(first!);
  const height = status!.height + AHEAD;
  const submit = (transaction: Transaction) => stage.operator(first!).submit(encodeTransaction(transaction));
  const { key, seed } = libraries[first!]!;
  const propose = {
    kind: 'propose' as const,
    action: { kind: 'upgrade' as const, height, version },
    proposer: key,
    nonce: systemRandom.bytes(16),
    expires: Math.floor(Date.now() / 1_000) + LIFE_SECONDS,
  };
  const { id } = await submit(signTransaction<'propose'>(chain, propose, seed));
  for (const i of others) {
    const { key: authority, seed: by } = libraries[i]!;
    const approve = { kind: 'approve' as const, proposal: fromHex(id, 32)!, authority };
    await submit(signTransaction<'approve'>(chain, approve, by));
  }
  return height;
}
