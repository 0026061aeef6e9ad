/**
 * Tokens that were paid with stolen money buy the thief's own junk, so that they come out as earned, and earned tokens are
 * bought back. At most ρ of what was stolen comes out so. That it is less than was paid, and 30 days late, is the policy of the
 * billing server; what is seen here is the ledger's part. At v = 0 there is no bound but the caps, and so no sale.
 */
import { account } from '../../../chain/queries.ts';
import { keyOf } from '../../chain/world.ts';
import { GB, MB, type Scenario, scenarioOf } from '../scenario.ts';
import { World } from '../world.ts';
import type { Attack, Row } from './attack.ts';
import { Junk } from './junk.ts';

const STOLEN = 100 * GB;
const JUNK = 500 * MB;
const MULES = 2;
/** Earned tokens count after so many days. */
const HELD_DAYS = 30;

export const stolenMoney: Attack = {
  name: 'stolen-money',
  run: (given) => [0, 2, 8].map((rounds) => launder(scenarioOf('sold', 'card', given), rounds)),
};

/** @param rounds - how often what was earned is spent again before it is sold. */
function launder(scenario: Scenario, rounds: number): Row {
  const world = new World({ ...scenario, startFiles: 0 });
  const junk = new Junk(world);
  const [library] = world.libraries;
  const author = junk.key(library!);
  const mules = Array.from({ length: MULES }, () => junk.key(library!));
  for (const mule of mules) world.sellTokensTo(mule, STOLEN / MULES);
  spend(world, junk, author, mules);
  for (let round = 0; round < rounds; round++) {
    const half = Math.floor(world.tokensOf(author) / 2);
    for (const mule of mules) world.ledger.submit(world.pen.transfer(mule, half, author));
    world.pass();
    spend(world, junk, author, mules);
  }
  for (let day = 0; day < HELD_DAYS; day++) world.pass();
  const { uploaded, pending, tokens } = account(world.ledger.view, keyOf(author))!;
  const earned = Math.min(Number(uploaded - pending), Number(tokens));
  if (earned > 0) world.buyTokensFrom(author, earned);
  const what = `stolen money, own junk, earned, sold; spent again ${rounds} times`;
  const bound = (STOLEN * scenario.releasePermille) / 1_000 / GB;
  return { what, gain: earned / GB, bound, unit: 'GB of tokens sold' };
}

/** Both buy each piece of junk, so that it mints all that it may. */
function spend(world: World, junk: Junk, author: string, mules: readonly string[]): void {
  while (mules.every((mule) => world.tokensOf(mule) >= JUNK)) {
    const name = junk.bring(JUNK, author, world.libraries[0]!);
    if (name === undefined) return;
    for (const mule of mules) junk.buy(name, mule);
  }
}
