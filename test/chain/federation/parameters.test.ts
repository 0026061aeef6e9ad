import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { defaultParameters } from '../../../chain/federation/parameters.ts';

describe('the parameters of a federation', () => {
  it('stand in docs/ledger.md', () => {
    const text = readFileSync(new URL('../../../docs/ledger.md', import.meta.url), 'utf8');
    const names = Object.keys(defaultParameters(1));
    expect(names.filter((name) => !text.includes(`| \`${name}\` |`))).to.deep.equal([]);
  });
});
