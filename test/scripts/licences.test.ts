import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { isFitting, lockedLicences } from '../../scripts/locked-licences.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the licences', () => {
  it('of all locked packages go together with ours', () => {
    const all = lockedLicences();
    expect(all.length).to.be.above(300);
    expect(all.filter(({ licence }) => !isFitting(licence))).to.deep.equal([]);
  });

  it('are refused where they are unknown, missing, or ask for the same licence', () => {
    for (const licence of ['none', 'UNLICENSED', 'GPL-3.0', 'MIT AND GPL-3.0', 'SEE LICENSE IN x']) {
      expect(isFitting(licence), licence).to.equal(false);
    }
    for (const licence of ['MIT', '(MIT OR GPL-3.0)', 'MIT AND ISC', '(WTFPL OR MIT)']) {
      expect(isFitting(licence), licence).to.equal(true);
    }
  });

  it('of what a library runs on that ask for more than to be named stand in NOTICE', () => {
    const notice = readFileSync(join(ROOT, 'NOTICE'), 'utf8');
    const asking = lockedLicences().filter(
      ({ licence, isForDevelopment }) => licence === 'MPL-2.0' && !isForDevelopment,
    );
    expect(asking).not.to.deep.equal([]);
    for (const { name } of asking) expect(notice).to.include(name.replace(/^@([^/]+)\/.*$/, '$1'));
  });

  it('of ours is Apache-2.0, in LICENSE and where packages say so', () => {
    const text = readFileSync(join(ROOT, 'LICENSE'), 'utf8');
    expect(text).to.match(/^ *Apache License\n *Version 2\.0, January 2004\n/);
    const { license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(license).to.equal('Apache-2.0');
  });
});
