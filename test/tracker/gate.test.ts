import { assert, expect } from 'chai';
import { parseAddress } from '../../core/address.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { admit, admitFrom, decide } from '../../tracker/gate.ts';
import { issue, open, type Pass } from '../../tracker/pass/pass.ts';
import { CHAIN_ID, fileHash, identity, infoHash, NOW, outcome, RightsInMemory } from './world.ts';

const chain = toHex(CHAIN_ID);
const library = identity(1);
const reader = identity(2);
const file = fileHash(3);
const expires = NOW / 1_000 + 60;
const HERE = parseAddress('192.0.2.1')!;
const ELSEWHERE = parseAddress('198.51.100.1')!;

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
    expect(decide(rights, pass, infoHash(7), HERE, NOW)).to.deep.equal({ kind: 'accept', value: 'reader' });
    expect(decide(rights, pass, infoHash(8), HERE, NOW)).to.deep.equal({ kind: 'accept', value: 'reader' });
    rights.grant(reader.key, file, 'intake');
    expect(admit(rights, pass, NOW)).to.deep.equal({ kind: 'accept', value: 'intake' });
  });

  it('right.missing: asks the ledger anew each time', () => {
    rights.grant(reader.key, file, 'none');
    expect(outcome(decide(rights, pass, infoHash(7), HERE, NOW))).to.equal('right.missing');
    rights.grant(reader.key, file, 'reader');
    expect(outcome(decide(rights, pass, infoHash(7), HERE, NOW))).to.equal('accept');
  });

  it('pass.other-library: what is brought here no other member lets in, whose passes name any key', () => {
    const liar = identity(9);
    rights.members.add(toHex(liar.key));
    const made = opened(issue(liar, chain, reader.key, file, expires));
    expect(outcome(decide(rights, made, infoHash(7), HERE, NOW)), 'for a reader').to.equal('accept');
    rights.grant(reader.key, file, 'intake');
    expect(outcome(decide(rights, made, infoHash(7), HERE, NOW))).to.equal('pass.other-library');
    expect(outcome(decide(rights, pass, infoHash(7), HERE, NOW))).to.equal('accept');
  });

  it('pass.other-file: no swarm but those of the file', () => {
    expect(outcome(decide(rights, pass, infoHash(9), HERE, NOW))).to.equal('pass.other-file');
  });

  it('file.taken-down: for everybody but members', () => {
    rights.gone.add(toHex(file));
    expect(outcome(decide(rights, pass, infoHash(7), HERE, NOW))).to.equal('file.taken-down');
    const own = opened(issue(library, chain, library.key, file, expires));
    expect(decide(rights, own, infoHash(7), HERE, NOW)).to.deep.equal({ kind: 'accept', value: 'member' });
  });

  it('member.elsewhere: the pass of a library that was seen on the wire opens nothing from anywhere else', () => {
    rights.memberAt = (key, from) => equalBytes(key, library.key) && equalBytes(from.bytes, HERE.bytes);
    const own = opened(issue(library, chain, library.key, file, expires));
    expect(outcome(decide(rights, own, infoHash(7), HERE, NOW))).to.equal('accept');
    expect(outcome(decide(rights, own, infoHash(7), ELSEWHERE, NOW))).to.equal('member.elsewhere');
    expect(outcome(admitFrom(rights, own, ELSEWHERE, NOW))).to.equal('member.elsewhere');
    expect(outcome(decide(rights, pass, infoHash(7), ELSEWHERE, NOW)), 'a reader is anywhere').to.equal(
      'accept',
    );
  });

  it('a pass that was opened before still ends, and still falls with its issuer', () => {
    expect(outcome(admit(rights, pass, expires * 1_000))).to.equal('pass.expired');
    rights.members.clear();
    expect(outcome(admit(rights, pass, NOW))).to.equal('pass.forged');
  });
});
