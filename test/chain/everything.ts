/** One history in which transactions of every kind happen, and all that they may tell is told. */
import { KINDS, type Kind } from '../../chain/kinds.ts';
import { EXAMPLES } from './examples.ts';
import { genesisOf, hashOf, idOf, keyOf, World } from './world.ts';

const SALE_MS = 60_000;

/** Two readers, and one who comes into an office; two others where a kind has no part in the story. */
export function everything(): World {
  const world = new World(genesisOf({ attestations: 2, saleTimeoutMs: SALE_MS, vestingPermille: 500 }));
  world.run(['anna', 'ben', 'officer'].map((name) => world.register(name)));
  world.run([world.upload('book', 100n, 'anna')]);
  world.run([world.attest('book', 'bob', 'anna')]);
  world.run([world.buy('ben', 500n, 'payment')]);
  world.run([world.download('book', 'ben'), world.transfer('anna', 7n, 'ben')]);
  const sales = [1n, 2n, 3n].map((amount) => world.sell(amount, 'ben'));
  world.run(sales);
  const [settled, released, reclaimed] = sales.map(idOf);
  world.run([world.settle(settled!), world.release(released!)]);
  world.run([world.reclaim(reclaimed!, 'ben')], SALE_MS);
  const hash = hashOf('book');
  world.decide({ kind: 'take-down', hash });
  world.decide({ kind: 'restore', hash });
  world.decide({ kind: 'reset-file', hash });
  world.decide({ kind: 'grant-role', key: keyOf('officer'), role: 'billing' });
  world.decide({ kind: 'set-parameters', parameters: { ...world.genesis.parameters, attestations: 1 } });
  world.decide({ kind: 'remove-member', key: keyOf('dan') });
  world.decide({ kind: 'upgrade', height: world.state.header.height + 20, version: 2 });
  world.decide(world.elect('ann', 'bob'));
  for (const kind of KINDS) if (!hasHappened(world, kind)) world.run([EXAMPLES[kind].first(world)]);
  return world;
}

function hasHappened({ blocks }: World, kind: Kind): boolean {
  return blocks.some(({ transactions }) => transactions.some((one) => one.transaction.kind === kind));
}
