/** The numbers of the three situations are those of docs/economy.md, and each is told in a line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseGenesis } from '../../../chain/block/genesis.ts';
import { exampleGenesis } from '../../../cli/genesis/new-genesis.ts';
import { meanings, parametersOf, SITUATION_NAMES } from '../../../cli/genesis/situations.ts';
import { toHex } from '../../../core/bytes.ts';
import { keyOf } from '../../chain/world.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
type Json = ReturnType<typeof JSON.parse>;

describe('the situations of a federation', () => {
  it('earn at once in a school only, and only as others pay elsewhere; where tokens are sold, nothing for cards', () => {
    const found = SITUATION_NAMES.map((name) => {
      const { vestingPermille, releasePermille, cardReleasePermille } = parametersOf(name, 4);
      return [name, vestingPermille, releasePermille, cardReleasePermille];
    });
    expect(found).to.deep.equal([
      ['school', 0, 500, 0],
      ['open', 1_000, 500, 500],
      ['sold', 1_000, 500, 0],
    ]);
  });

  it('bound what one library lends, and where uploads earn at once what they earn in a day', () => {
    const found = SITUATION_NAMES.map((name) => {
      const { cardBytesPerNodePerDay, uploadBytesPerKeyPerDay, uploadBytesPerNodePerDay } = parametersOf(
        name,
        4,
      );
      return [cardBytesPerNodePerDay, uploadBytesPerKeyPerDay, uploadBytesPerNodePerDay].map(
        (one) => one / 1e9,
      );
    });
    expect(found).to.deep.equal([
      [20, 1, 20],
      [200, 2, 50],
      [20, 0, 0],
    ]);
  });

  it('say of every number what it means', () => {
    for (const name of SITUATION_NAMES) {
      const parameters = parametersOf(name, 4);
      const lines = meanings(parameters);
      expect(lines.map((line) => line.split(' = ')[0])).to.deep.equal(Object.keys(parameters));
      for (const line of lines) expect(line).to.match(/^\w+ = \d+: .{10,}$/);
    }
  });

  it('of a number of another federation, too, with none of its words put out', () => {
    const odd = {
      ...parametersOf('school', 1),
      uploadBytesPerKeyPerDay: 0,
      heartbeatMs: 700,
      vestingPermille: 990,
    };
    const lines = meanings({ ...odd, cardBytesPerNodePerDay: 0, saleTimeoutMs: 0 });
    expect(lines).to.include(
      'uploadBytesPerKeyPerDay = 0: one reader can be credited uploads of any length a day',
    );
    expect(lines).to.include('heartbeatMs = 700: a block comes at the latest after 700 ms');
    expect(lines).to.include(
      'vestingPermille = 990: of its size an upload earns 99 % only as others pay for it',
    );
    expect(lines).to.include('cardBytesPerNodePerDay = 0: no cards');
  });
});

describe('an example of a genesis', () => {
  const fileOf = (name: string): Json =>
    JSON.parse(readFileSync(join(ROOT, 'examples', 'genesis', `${name}.json`), 'utf8'));

  for (const name of SITUATION_NAMES) {
    it(`${name}: is what the program makes`, () => {
      expect(fileOf(name)).to.deep.equal(exampleGenesis(name));
    });

    it(`${name}: begins no federation as it is, and one with true keys in it`, () => {
      const json = fileOf(name);
      const asItIs = parseGenesis(json);
      expect(asItIs.kind).to.equal('reject');
      expect((asItIs as { detail: string }).detail).to.match(/\.key must be 64 lower-case hex characters$/);
      const keys = json.members.map((_: unknown, i: number) => toHex(keyOf(`library ${i}`)));
      for (const [i, member] of json.members.entries()) member.key = keys[i];
      json.authorities = keys;
      for (const entry of [...json.accounts, ...json.roles]) entry.key = toHex(keyOf('billing'));
      expect(parseGenesis(json).kind).to.equal('accept');
    });
  }
});
