/** docs/economy.md tells librarians the numbers that the program writes, and commands that there are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { setParameters } from '../../../cli/commands/proposed-action.ts';
import { parametersOf, SITUATION_NAMES, SITUATIONS } from '../../../cli/genesis/situations.ts';

const PAGE = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'economy.md'), 'utf8');

describe('the page on the economy', () => {
  /** The cells of the row that begins so. */
  const row = (first: string): readonly string[] => {
    const line = PAGE.split('\n').find((one) => one.startsWith(`| ${first} |`));
    expect(line, first).to.be.a('string');
    return line!
      .split('|')
      .slice(2, -1)
      .map((cell) => cell.trim());
  };

  it('has the numbers of the three situations as genesis new writes them', () => {
    for (const name of Object.keys(SITUATIONS.school.economy) as (keyof typeof SITUATIONS.school.economy)[]) {
      const written = SITUATION_NAMES.map((situation) => String(parametersOf(situation, 4)[name]));
      expect(row(`\`${name}\``), name).to.deep.equal(written);
      expect(PAGE, 'what it does').to.match(new RegExp(`^\\| [^|]*\`${name}\`[^|]*\\| (?!\\d+ \\|)`, 'm'));
    }
    const inMB = (bytes: number) => `${(bytes / 1e6).toLocaleString('en')} MB`;
    const all = SITUATION_NAMES.map((name) => SITUATIONS[name]);
    expect(row('allowance a day')).to.deep.equal(all.map(({ allowance }) => inMB(allowance)));
    expect(row('ceiling').slice(0, 3)).to.deep.equal(all.map(({ ceiling }) => inMB(ceiling)));
  });

  it('reckons the line and the cards of a cap as its formula says', () => {
    for (const gigabytes of [5, 20, 200]) {
      const [mbits, large, small] = row(`${gigabytes} GB a day`);
      expect(Number(mbits)).to.equal(Math.round((gigabytes * 80_000) / 86_400) / 10);
      const cards = (megabytes: number) => ((gigabytes * 1_000) / megabytes).toLocaleString('en');
      expect([large, small]).to.deep.equal([cards(20), cards(5)]);
    }
  });

  it('proposes what can be proposed', () => {
    const proposals = [...PAGE.matchAll(/^ {4}digitallib propose set-parameters (.*)$/gm)];
    expect(proposals).to.have.length.at.least(2);
    for (const [, words] of proposals) {
      const action = setParameters(words!.split(' '), parametersOf('school', 4));
      expect(action.kind).to.equal('set-parameters');
    }
  });
});
