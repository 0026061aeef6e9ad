import { assert, expect } from 'chai';
import { Admission, type MemberTracker } from '../../archive/peers/admission.ts';
import { namedIn } from '../../archive/trackers/reply.ts';
import { type Address, parseAddress } from '../../core/address.ts';
import { concat, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { SwarmRole } from '../../torrent/peers.ts';
import { createPresence } from '../../tracker/presence.ts';
import { Swarms } from '../../tracker/swarm/swarms.ts';
import { fileHash, identity, infoHash, ManualClock, passOf, RightsInMemory } from '../tracker/world.ts';

const FILE = fileHash(3);
const THERE = 'http://192.0.2.1:6969';
const AT_THERE = { member: 'there', base: THERE };

describe('the admission of the archive', () => {
  let clock: ManualClock;
  let rights: RightsInMemory;
  let swarms: Swarms;
  let trackers: MemberTracker[];
  let admission: Admission;

  beforeEach(() => {
    clock = new ManualClock();
    rights = new RightsInMemory();
    rights.members.add(toHex(passOf(1).issuer));
    swarms = new Swarms();
    trackers = [AT_THERE];
    const presence = createPresence(rights, clock, swarms);
    admission = new Admission({ clock, presence, trackers: () => trackers });
  });

  function announce(number: number, role: SwarmRole, text: string, event?: 'stopped', by = 1): void {
    const pass = passOf(number, FILE, by);
    if (role !== 'member') rights.grant(pass.subject, FILE, role);
    const who = { subject: pass.subjectHex, pass, role, paid: false, complete: false, event, wanted: 0 };
    const visit = { ...who, peerId: new Uint8Array(20).fill(number), address: at(text), port: 6881 };
    swarms.announce(toHex(FILE), infoHash(7), visit, clock.now());
  }

  const role = (text: string, port?: number) => admission.roleAt(FILE, at(text), port);

  function heard(entries: readonly number[], upMs = 1e9): void {
    const sinceMs = clock.now() - upMs;
    admission.heard(FILE, THERE, { peers: Uint8Array.from(entries), peers6: new Uint8Array(0), sinceMs });
  }

  it('knows who has announced by address, IPv4 in the dress of IPv6 too, and dials nobody at another port', () => {
    announce(2, 'reader', '10.0.0.1');
    announce(3, 'reader', '2001:db8:0:1::5');
    announce(4, 'intake', '10.0.0.4');
    expect([role('10.0.0.1'), role('::ffff:10.0.0.1'), role('10.0.0.2')]).to.deep.equal([
      'reader',
      'reader',
      undefined,
    ]);
    expect([role('2001:db8:0:1::9'), role('2001:db8:0:2::5')]).to.deep.equal(['reader', undefined]);
    expect([role('10.0.0.1', 6881), role('10.0.0.1', 6882)]).to.deep.equal(['reader', undefined]);
    expect([role('2001:db8:0:1::5', 6881), role('2001:db8:0:1::9', 6881)]).to.deep.equal([
      'reader',
      undefined,
    ]);
    expect(role('10.0.0.4')).to.equal('intake');
    expect(admission.roleAt(fileHash(4), at('10.0.0.1'))).to.equal(undefined);
  });

  it('ends with stopped, a silence, the pass, the right, the issuer and a take-down, without being told', () => {
    const ends: readonly (() => void)[] = [
      () => announce(2, 'reader', '10.0.0.1', 'stopped'),
      () => clock.move(limits.peerLifeMs),
      () => rights.grant(passOf(2).subject, FILE, 'none'),
      () => rights.members.clear(),
      () => rights.gone.add(toHex(FILE)),
    ];
    for (const end of ends) {
      rights.members.add(toHex(passOf(1).issuer));
      rights.gone.clear();
      clock.time = passOf(2).expires * 1_000 - 2 * limits.peerLifeMs;
      announce(2, 'reader', '10.0.0.1');
      expect(role('10.0.0.1'), String(end)).to.equal('reader');
      end();
      expect(role('10.0.0.1'), String(end)).to.equal(undefined);
    }
    rights.members.add(toHex(passOf(1).issuer));
    rights.gone.clear();
    clock.time = passOf(2).expires * 1_000 - 1;
    announce(2, 'reader', '10.0.0.1');
    expect(role('10.0.0.1')).to.equal('reader');
    clock.move(1);
    expect(role('10.0.0.1')).to.equal(undefined);
  });

  it('believes the last answer of the tracker of a member, and nothing of whoever is none', () => {
    heard([10, 0, 0, 9, 1, 0, 10, 0, 0, 8, 1, 0, 7]);
    expect([role('10.0.0.9'), role('10.0.0.9', 256), role('10.0.0.9', 257)]).to.deep.equal([
      'reader',
      'reader',
      undefined,
    ]);
    trackers = [];
    expect(role('10.0.0.9')).to.equal(undefined);
    trackers = [AT_THERE];
    rights.gone.add(toHex(FILE));
    expect(role('10.0.0.9')).to.equal(undefined);
    rights.gone.clear();
    heard([10, 0, 0, 8, 1, 0]);
    expect([role('10.0.0.9'), role('10.0.0.8')]).to.deep.equal([undefined, 'reader']);
    clock.move(limits.peerLifeMs);
    expect(role('10.0.0.8')).to.equal(undefined);
  });

  it('does not cut off for an hour whom a tracker has forgotten that was started anew', () => {
    heard([10, 0, 0, 9, 1, 0]);
    clock.move(60_000);
    heard([], 1_000);
    expect(role('10.0.0.9')).to.equal('reader');
    clock.move(60_000);
    heard([], 61_000);
    expect(role('10.0.0.9')).to.equal('reader');
    clock.move(limits.peerLifeMs);
    heard([], limits.peerLifeMs);
    expect(role('10.0.0.9')).to.equal(undefined);
  });

  it('keeps a stated share of memory for each tracker, whatever it names, and nothing of whoever is no member', () => {
    const other = 'http://192.0.2.2:6969';
    const atOther = { member: 'other', base: other };
    trackers = [AT_THERE, atOther];
    const sinceMs = clock.now() - 1_000;
    const crowd = {
      peers: new Uint8Array(limits.peersPerSwarmMax * 6).fill(1),
      peers6: new Uint8Array(limits.peersPerSwarmMax * 18).fill(1),
    };
    const honest = { peers: Uint8Array.of(10, 0, 0, 9, 1, 0), peers6: new Uint8Array(0), sinceMs };
    admission.heard(FILE, other, honest);
    for (let number = 1; number <= limits.torrentsActiveMax; number++) {
      // Twice: it says that it was started anew, so that what it said before counts, too.
      for (const upMs of [1e9, 0]) {
        clock.move(1);
        admission.heard(fileHash(number), THERE, { ...crowd, sinceMs: clock.now() - upMs });
      }
    }
    expect(admission.bytesOf(THERE)).to.be.within(
      limits.namedBytesPerMemberMax / 2,
      limits.namedBytesPerMemberMax,
    );
    expect(role('10.0.0.9'), 'of another member').to.equal('reader');
    const last = fileHash(limits.torrentsActiveMax);
    expect(admission.roleAt(last, at('1.1.1.1')), 'said last').to.equal('reader');
    expect(admission.roleAt(fileHash(1), at('1.1.1.1')), 'said first').to.equal(undefined);
    trackers = [atOther];
    admission.heard(FILE, other, honest);
    admission.heard(FILE, THERE, honest);
    expect([admission.bytesOf(THERE), role('10.0.0.9')]).to.deep.equal([0, 'reader']);
    admission.forget(FILE);
    expect([role('10.0.0.9'), admission.bytesOf(other)]).to.deep.equal([undefined, 0]);
  });

  it('tells by whose pass a key has come, and, where two members say that a tracker is theirs, that either answers for it', () => {
    const liar = identity(9);
    rights.members.add(toHex(liar.key));
    announce(2, 'reader', '10.0.0.1');
    announce(2, 'reader', '10.0.0.1', undefined, 9);
    announce(3, 'reader', '10.0.0.1');
    const key = (number: number) => toHex(passOf(number).subject);
    const own = { kind: 'key', key: key(2), role: 'reader', by: undefined } as const;
    const foreign = { ...own, by: toHex(liar.key) };
    const idOf = (number: number) => toHex(new Uint8Array(20).fill(number));
    expect(admission.sharesAt(FILE, at('10.0.0.1'))).to.have.deep.members([
      own,
      foreign,
      { ...own, key: key(3) },
    ]);
    expect(admission.sharesAt(FILE, at('10.0.0.1'), undefined, idOf(2))).to.have.deep.members([own, foreign]);
    trackers = [AT_THERE, { member: 'liar', base: THERE }];
    heard([10, 0, 0, 9, 1, 0]);
    expect(admission.sharesAt(FILE, at('10.0.0.9'))).to.deep.equal([
      { kind: 'named', by: 'there', peers: 1 },
      { kind: 'named', by: 'liar', peers: 1 },
    ]);
  });

  it('tells who pays: the key with whose id somebody comes, by whose pass it may be, else his address', () => {
    const liar = identity(9);
    rights.members.add(toHex(liar.key));
    announce(2, 'reader', '10.0.0.1');
    announce(3, 'reader', '10.0.0.1', undefined, 9);
    announce(4, 'member', '10.0.0.1');
    const address = at('10.0.0.1');
    const payer = (number: number, text = '10.0.0.1') =>
      admission.payerAt(FILE, at(text), toHex(new Uint8Array(20).fill(number)));
    const key = (number: number) => toHex(passOf(number).subject);
    expect(payer(2)).to.deep.equal({ address, key: key(2), by: undefined });
    expect(payer(3)).to.deep.equal({ address, key: key(3), by: toHex(liar.key) });
    expect([payer(4), payer(5)]).to.deep.equal([{ address }, { address }]);
    expect(payer(2, '10.0.0.2'), 'from elsewhere').to.deep.equal({ address: at('10.0.0.2') });
    rights.grant(passOf(2).subject, FILE, 'none');
    expect(payer(2)).to.deep.equal({ address });
  });

  it('reads nothing from an answer that names nobody', () => {
    const peers = Uint8Array.of(10, 0, 0, 9, 1, 0);
    expect(namedIn({ peers }, clock.now())).to.equal(undefined);
    expect(namedIn({ admitted: peers, admitted6: 5 }, clock.now())).to.equal(undefined);
    const named = namedIn({ admitted: peers, admitted6: concat(), 'up seconds': -5 }, clock.now());
    expect(named?.sinceMs).to.equal(clock.now());
  });
});

function at(text: string): Address {
  const address = parseAddress(text);
  assert(address !== undefined);
  return address;
}
