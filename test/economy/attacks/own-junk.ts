/**
 * Junk that nobody wants, bought by the attackers' own cards. Where an upload earns only as others pay (v = 1000), it brings σ of
 * what the cards have spent, and nothing at σ = 0. Where an upload is credited at once (v = 0), no card is needed: the caps of the
 * day are all that is in the way.
 */
import { GB, type Scenario, scenarioOf } from '../scenario.ts';
import { World } from '../world.ts';
import type { Attack, Given, Row } from './attack.ts';
import { Junk } from './junk.ts';

/** Two purchases on cards let a file mint its size at σ = 500. */
const HOLDERS = 2;

export const ownJunk: Attack = {
  name: 'own-junk',
  run: (given) => [
    onCards('junk bought by own cards, v 1000, σ 0', given, 0),
    onCards('… v 1000, σ 500', given, 500),
    atOnce('junk that is credited at once, v 0, within the caps', scenarioOf('school', 'card', given)),
  ],
};

/** Of each library two keys have a card; each day each buys as much junk as its card has. */
function onCards(what: string, given: Given, sigma: number): Row {
  const scenario = scenarioOf('open', 'card', { ...given, cardReleasePermille: sigma, startFiles: 0 });
  const world = new World(scenario);
  const junk = new Junk(world);
  const crews = world.libraries.map((library) => {
    const [first = '', ...others] = Array.from({ length: HOLDERS + 1 }, () => junk.key(library));
    return { library, master: first, holders: others };
  });
  let onCard = 0;
  while (world.day < scenario.days) {
    for (const { library, master, holders } of crews) {
      if (world.day === 0) for (const key of holders) library.lendAtDesk(key);
      else if (world.ledger.day % 30 === 0) library.renew();
      const name = junk.bring(scenario.allowance, master, library);
      if (name === undefined) throw new Error('the caps are wider than these cards');
      for (const key of holders) {
        onCard += junk.buy(name, key) ?? 0;
        library.used(key);
      }
    }
    world.pass();
  }
  const keys = crews.flatMap(({ master, holders }) => [master, ...holders]);
  const gain = keys.reduce((sum, key) => sum + world.tokensOf(key), 0);
  const note = `${(onCard / GB).toFixed(1)} GB spent on cards`;
  return { what, gain: gain / GB, bound: (onCard * sigma) / 1_000 / GB, unit: 'GB of tokens', note };
}

/** As many keys as it takes to fill what each member may be credited. */
function atOnce(what: string, scenario: Scenario): Row {
  const { uploadBytesPerKeyPerDay: ofKey, uploadBytesPerNodePerDay: ofNode, days } = scenario;
  const world = new World({ ...scenario, startFiles: 0 });
  const junk = new Junk(world);
  const crews = world.libraries.map((library) => {
    const keys = Array.from({ length: Math.ceil(ofNode / ofKey) + 1 }, () => junk.key(library));
    return { library, keys };
  });
  while (world.day < days) {
    for (const { library, keys } of crews) for (const key of keys) junk.bring(ofKey, key, library);
    world.pass();
  }
  const gain = crews.flatMap(({ keys }) => keys).reduce((sum, key) => sum + world.tokensOf(key), 0);
  const bound = world.libraries.length * ofNode * days;
  return { what, gain: gain / GB, bound: bound / GB, unit: 'GB of tokens', note: 'so no sale at v 0' };
}
