import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CALL_NAMES, methodOf } from '../../api/calls.ts';
import { reference } from '../../api/reference.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/reference.md'), 'utf8');

describe('the reference of the API', () => {
  it('is what the contract says now (npm run reference writes it)', () => {
    expect(PAGE).to.equal(reference());
  });

  it('has every call, by its path and its method', () => {
    const missing = CALL_NAMES.filter(
      (name) => !PAGE.includes(`\`/api/${name}\``) || !PAGE.includes(`\`${methodOf(name)}\``),
    );
    expect(missing).to.deep.equal([]);
  });

  it('has words for everything: nothing of it was lost on the way', () => {
    expect(PAGE).not.to.match(/undefined|\[object|anything|null \|/);
  });
});
