import { assert, expect } from 'chai';
import { toHex } from '../../core/bytes.ts';
import { admit, decide } from '../../tracker/gate.ts';
import { issue, open, type Pass } from '../../tracker/pass.ts';
import { CHAIN_ID, fileHash, identity, infoHash, NOW, outcome, RightsInMemory } from './world.ts';

const chain = toHex(CHAIN_ID);
const library = identity(1);
const reader = identity(2);
const file = fileHash(3);
const expires = NOW / 1_000 + 60;

describe('the gate', () => {
  let rights: RightsInMemory;
  let pass: Pass;

  beforeEach(() => {
    rights = new RightsInMemory();
    rights.members.add(toHex(library.key));
    rights.files.set(toHex(file), [infoHash(7), infoHash(8)]);
    rights.grant(reader.key, file, 'reader');
    pass = opened(issue(library, chain, reader.key, file, expires));
  });

  function opened(text: string): Pass {
    const verdict = open(text, chain, NOW, (key) => rights.isMember(key));
    assert(verdict.kind === 'accept');
    return verdict.value;
  }

  it('opens for who has a right, to the swarms of the file', () => {
    expect(decide(rights, pass, infoHash(7), NOW)).to.deep.equal({ kind: 'accept', value: 'reader' });
    expect(decide(rights, pass, infoHash(8), NOW)).to.deep.equal({ kind: 'accept', value: 'reader' });
    rights.grant(reader.key, file, 'intake');
    expect(admit(rights, pass, NOW)).to.deep.equal({ kind: 'accept', value: 'intake' });
  });

  it('right.missing: asks the ledger anew each time', () => {
    rights.grant(reader.key, file, 'none');
    expect(outcome(decide(rights, pass, infoHash(7), NOW))).to.equal('right.missing');
    rights.grant(reader.key, file, 'reader');
    expect(outcome(decide(rights, pass, infoHash(7), NOW))).to.equal('accept');
  });

  it('pass.other-file: no swarm but those of the file', () => {
    expect(outcome(decide(rights, pass, infoHash(9), NOW))).to.equal('pass.other-file');
  });

  it('file.taken-down: for everybody but members', () => {
    rights.gone.add(toHex(file));
    expect(outcome(decide(rights, pass, infoHash(7), NOW))).to.equal('file.taken-down');
    const own = opened(issue(library, chain, library.key, file, expires));
    expect(decide(rights, own, infoHash(7), NOW)).to.deep.equal({ kind: 'accept', value: 'member' });
  });

  it('a pass that was opened before still ends, and still falls with its issuer', () => {
    expect(outcome(admit(rights, pass, expires * 1_000))).to.equal('pass.expired');
    rights.members.clear();
    expect(outcome(admit(rights, pass, NOW))).to.equal('pass.forged');
  });
});
