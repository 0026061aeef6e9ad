import { assert, expect } from 'chai';
import fc from 'fast-check';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { SwarmRole } from '../../torrent/peers.ts';
import type { PeersShown } from '../../tracker/announce.ts';
import { Census } from '../../tracker/swarm/census.ts';
import { PeerPlaces } from '../../tracker/swarm/peer-places.ts';
import { Swarm, type Visit } from '../../tracker/swarm/swarm.ts';
import { Swarms } from '../../tracker/swarm/swarms.ts';
import { infoHash, NOW, outcome, passOf } from './world.ts';

const PASS = passOf(2);

function visit(number: number, options: Partial<Visit> = {}): Visit {
  return {
    subject: `key ${number}`,
    pass: PASS,
    role: 'reader',
    paid: false,
    peerId: Uint8Array.from({ length: 20 }, (_, i) => (i < 4 ? number >> (8 * i) : 1)),
    complete: false,
    event: undefined,
    address: { family: 4, bytes: Uint8Array.of(10, number >> 16, number >> 8, number) },
    port: 6881,
    wanted: 50,
    ...options,
  };
}

function seed(number: number, options: Partial<Visit> = {}): Visit {
  return visit(number, { complete: true, ...options });
}

function peers(answer: PeersShown): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < answer.peers.length; at += 6) {
    numbers.push((answer.peers[at + 1]! << 16) | (answer.peers[at + 2]! << 8) | answer.peers[at + 3]!);
  }
  return numbers.sort((a, b) => a - b);
}

describe('a swarm', () => {
  let swarm: Swarm;
  let now: number;

  beforeEach(() => {
    swarm = new Swarm(new Census(), new PeerPlaces(PASS.issuer));
    now = NOW;
  });

  function announce(who: Visit): PeersShown {
    const answer = swarm.announce(who, now);
    assert(answer.kind === 'accept');
    return answer.value;
  }

  it('shows a leech seeds and leeches, a seed only leeches, nobody itself', () => {
    announce(seed(1));
    announce(seed(2));
    announce(visit(3));
    expect(peers(announce(visit(4)))).to.deep.equal([1, 2, 3]);
    expect(peers(announce(visit(4)))).to.deep.equal([1, 2, 3]);
    expect(peers(announce(seed(1)))).to.deep.equal([3, 4]);
  });

  it('forgets those that are gone, also when the clock was set back meanwhile', () => {
    announce(seed(1));
    now -= 5 * limits.peerLifeMs;
    expect(peers(announce(visit(2)))).to.deep.equal([]);
    expect(peers(announce(visit(3)))).to.deep.equal([2]);
    now += limits.peerLifeMs;
    expect(peers(announce(visit(4)))).to.deep.equal([]);
  });

  it('shows nobody a peer of the same key', () => {
    announce(seed(1, { subject: 'twice' }));
    expect(peers(announce(visit(2, { subject: 'twice' })))).to.deep.equal([]);
  });

  it('shows an intake peer to nobody, and nobody to it', () => {
    announce(seed(1));
    expect(peers(announce(seed(2, { role: 'intake' })))).to.deep.equal([]);
    expect(peers(announce(visit(3)))).to.deep.equal([1]);
    expect(peers(announce(visit(4, { role: 'member' })))).to.deep.equal([1, 3]);
    expect(swarm.counts('reader')).to.deep.equal({ complete: 1, incomplete: 2, downloaded: 0 });
    expect(swarm.counts('intake')).to.deep.equal({ complete: 0, incomplete: 0, downloaded: 0 });
    announce(seed(2, { role: 'reader' }));
    expect(peers(announce(visit(3)))).to.deep.equal([1, 2, 4]);
  });

  it('keeps both addresses of a peer, and counts it once', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => i);
    announce(seed(1));
    announce(seed(1, { address: { family: 6, bytes } }));
    const answer = announce(visit(2));
    expect(peers(answer)).to.deep.equal([1]);
    expect(toHex(answer.peers6)).to.equal('000102030405060708090a0b0c0d0e0f1ae1');
    expect(answer.complete).to.equal(1);
  });

  it('counts a download when a leech becomes a seed, whatever the event says', () => {
    announce(visit(1));
    announce(seed(1));
    announce(seed(1, { event: 'completed' }));
    announce(seed(2, { event: 'completed' }));
    expect(swarm.counts('reader')).to.deep.equal({ complete: 2, incomplete: 0, downloaded: 1 });
  });

  it('forgets who stops and who is silent for a peer life', () => {
    announce(seed(1));
    announce(seed(2));
    announce(seed(2, { event: 'stopped' }));
    expect(swarm.size).to.equal(1);
    now += limits.peerLifeMs - 1;
    expect(peers(announce(visit(3)))).to.deep.equal([1]);
    now += 1;
    expect(peers(announce(visit(4)))).to.deep.equal([3]);
    swarm.removeSubject('key 3');
    expect(peers(announce(visit(4)))).to.deep.equal([]);
  });

  it('knows one archive a library: the newest', () => {
    const library = { subject: 'library', role: 'member' } as const;
    announce(seed(1, library));
    announce({ ...seed(2, { ...library, port: 7000 }), address: seed(1).address });
    expect(swarm.size).to.equal(1);
    expect(swarm.counts('reader')).to.include({ complete: 1, incomplete: 0 });
    expect(peers(announce(visit(3)))).to.deep.equal([1]);
  });

  it('member.elsewhere: gives the place of a library that announces to no other address, by whatever peer id', () => {
    const library = { subject: 'library', role: 'member' } as const;
    announce(seed(1, library));
    const thieves = [seed(2, library), seed(2, { ...library, peerId: seed(1).peerId })];
    for (const thief of [...thieves, ...thieves.map((one) => ({ ...one, event: 'stopped' as const }))]) {
      expect(outcome(swarm.announce(thief, now))).to.equal('member.elsewhere');
      expect(peers(announce(visit(3)))).to.deep.equal([1]);
    }
    now += limits.memberAliveMs;
    announce(seed(2, library));
    expect(peers(announce(visit(3))), 'it has moved').to.deep.equal([2]);
  });

  it('pass.too-many-peers: so many clients for one key, but a restarted one takes its old place', () => {
    const one = (port: number, id: number) => visit(1, { port, peerId: new Uint8Array(20).fill(id) });
    for (let i = 1; i <= limits.peersPerPassMax; i++) announce(one(6880 + i, i));
    expect(outcome(swarm.announce(one(7000, 99), now))).to.equal('pass.too-many-peers');
    announce(one(6881, 99));
    expect(swarm.size).to.equal(limits.peersPerPassMax);
    announce(visit(2));
  });

  it('a member that makes passes for the key of a reader neither sends his clients away nor takes their places', () => {
    const by = passOf(2, undefined, 9);
    announce(visit(1));
    const liar = (options: Partial<Visit>) => ({ ...visit(2, options), subject: 'key 1', pass: by });
    announce(liar({ peerId: visit(1).peerId }));
    announce(liar({ peerId: visit(1).peerId, event: 'stopped' }));
    expect(peers(announce(visit(3)))).to.deep.equal([1]);
    for (let i = 1; i <= limits.peersPerPassMax; i++) {
      announce(liar({ port: i, peerId: new Uint8Array(20).fill(i) }));
    }
    expect(outcome(swarm.announce(liar({ port: 9 }), now))).to.equal('pass.too-many-peers');
    announce(visit(1, { port: 7000, peerId: new Uint8Array(20).fill(99) }));
  });

  it('knows a client that shows the passes of two libraries by both, until it stops with one of them', () => {
    const other = passOf(2, PASS.file, 9);
    announce(visit(1));
    announce(visit(1, { pass: other }));
    const { address, port } = visit(1);
    const issuers = () => [...swarm.at(address, port)].map(({ pass }) => pass.issuerHex);
    expect(issuers()).to.have.deep.members([PASS.issuerHex, other.issuerHex]);
    announce(visit(1, { pass: other, event: 'stopped' }));
    expect(issuers()).to.deep.equal([PASS.issuerHex]);
  });

  it('tracker.full: so many peers in one swarm', () => {
    for (let i = 0; i < limits.peersPerSwarmMax; i++) announce(visit(i, { wanted: 0 }));
    expect(outcome(swarm.announce(visit(99_999), now))).to.equal('tracker.full');
    announce(visit(5));
  });

  it('has places for those who paid that no number of free keys can fill, and places for members', () => {
    // Each from a network of its own.
    const bring = (i: number, paid = false) =>
      outcome(swarm.announce(visit(i << 8, { role: 'intake', wanted: 0, paid }), now));
    const ofStrangers = limits.intakePeersOfStrangersPerSwarmMax;
    for (let i = 0; i < ofStrangers; i++) expect(bring(i)).to.equal('accept');
    for (let i = 10_000; i < 12_010; i++) expect(bring(i)).to.equal('tracker.full');
    expect(swarm.size).to.equal(ofStrangers);
    for (let i = 0; i < limits.intakePeersOfReadersPerSwarmMax; i++)
      expect(bring(20_000 + i, true)).to.equal('accept');
    expect(bring(30_000, true)).to.equal('tracker.full');
    expect(outcome(swarm.announce(visit(50_000), now))).to.equal('accept');
    for (let i = 0; i < limits.peersPerSwarmMax - 1; i++) announce(visit(60_000 + i, { wanted: 0 }));
    expect(outcome(swarm.announce(visit(99_999), now))).to.equal('tracker.full');
    expect(outcome(swarm.announce(visit(99_998, { role: 'member' }), now))).to.equal('accept');
  });

  it('tracker.full: ten networks leave places to whoever else brings the file, by IPv4 and by IPv6', () => {
    const share = limits.intakePeersPerNetworkOfSwarmMax;
    const bring = (i: number, bytes: number[]) => {
      const address = { family: bytes.length === 4 ? 4 : 6, bytes: Uint8Array.from(bytes) } as const;
      return outcome(swarm.announce(visit(i, { role: 'intake', wanted: 0, address }), now));
    };
    const of6 = (network: number, i: number) => [0x20, 1, 0xd, 0xb8, 0, 0, network, i, ...Array(8).fill(1)];
    for (let network = 0; network < 10; network++) {
      for (let i = 0; i < 200; i++) {
        const from = network < 5 ? [10, 0, network, i] : of6(network, i);
        expect(bring(1_000 * network + i, from)).to.equal(i < share ? 'accept' : 'tracker.full');
      }
    }
    expect(bring(20_000, [10, 0, 10, 1])).to.equal('accept');
    expect(bring(20_001, of6(10, 1))).to.equal('accept');
  });

  it('gives the place of one who brings back: it has stopped, is silent, has a right now, or its right has ended', () => {
    const share = limits.intakePeersPerNetworkOfSwarmMax;
    const bring = (i: number) => outcome(swarm.announce(visit(i, { role: 'intake' }), now));
    for (let i = 0; i < share; i++) bring(i);
    const gives = (ends: () => void, by: number): void => {
      expect(bring(by)).to.equal('tracker.full');
      ends();
      expect(bring(by)).to.equal('accept');
    };
    gives(() => announce(visit(0, { role: 'intake', event: 'stopped' })), 100);
    gives(() => announce(visit(1)), 101);
    gives(() => swarm.removeSubject('key 2'), 102);
    gives(() => {
      now += limits.peerLifeMs;
    }, 103);
  });

  it('shows all peers equally often', () => {
    for (let i = 1; i <= 40; i++) announce(seed(i, { wanted: 0 }));
    const shown = new Map<number, number>();
    for (let i = 0; i < 40; i++) {
      for (const peer of peers(announce(visit(99, { wanted: 10 }))))
        shown.set(peer, (shown.get(peer) ?? 0) + 1);
    }
    expect(new Set(shown.values())).to.deep.equal(new Set([10]));
    expect(shown.size).to.equal(40);
  });

  describe('where a member has made passes for a thousand clients that there are not', () => {
    const archive = (number: number) => seed(number, { role: 'member', subject: `library ${number}` });
    const FAKES = 1_000;

    beforeEach(() => {
      const pass = passOf(9, undefined, 9);
      for (let i = 0; i < FAKES; i++) announce(visit(10_000 + i, { pass, complete: i % 2 === 0, wanted: 0 }));
    });

    it('names the archives of libraries first, and in half of an answer where these are many', () => {
      announce(archive(1));
      announce(archive(2));
      for (let i = 0; i < 40; i++) {
        const answer = announce(visit(3));
        expect([...answer.peers.subarray(0, 12)].filter((_, at) => at % 6 === 3).sort()).to.deep.equal([
          1, 2,
        ]);
        expect([peers(answer).length, answer.archives]).to.deep.equal([50, 2]);
      }
      expect(announce(seed(4)).archives, 'to a seed').to.equal(0);
      for (let i = 5; i < 80; i++) announce(archive(i));
      expect(announce(visit(3)).archives).to.equal(25);
    });

    it('names as many with the passes of each library, as far as they go, and all of them in time', () => {
      const of = (library: number) => passOf(library, undefined, library);
      for (let i = 0; i < 40; i++) announce(seed(100 + i, { pass: of(2), wanted: 0 }));
      for (let i = 0; i < 3; i++) announce(seed(200 + i, { pass: of(3), wanted: 0 }));
      const shown = new Map<number, number>();
      for (let i = 0; i < 40; i++) {
        const answer = peers(announce(visit(5, { wanted: 44 })));
        expect(new Set(answer).size).to.equal(44);
        for (const peer of answer) shown.set(peer, (shown.get(peer) ?? 0) + 1);
      }
      // 21 made-up leeches, the asker left out; of the 23 others 3 are of the small library, and 10 of each other one.
      for (let i = 0; i < 40; i++) expect(shown.get(100 + i)).to.equal(10);
      for (let i = 0; i < 3; i++) expect(shown.get(200 + i)).to.equal(40);
    });

    it('and where more libraries have readers than an answer has places, each has its turn', () => {
      for (let i = 0; i < 100; i++)
        announce(seed(100 + i, { pass: passOf(2, undefined, 100 + i), wanted: 0 }));
      const shown = new Set<number>();
      for (let i = 0; i < 101; i++) for (const peer of peers(announce(visit(5)))) shown.add(peer);
      for (let i = 0; i < 100; i++) expect(shown.has(100 + i)).to.equal(true);
    });
  });

  it('is what a plain list of peers would be, whatever happens', () => {
    const step = fc.record({
      number: fc.integer({ min: 1, max: 8 }),
      role: fc.constantFrom<SwarmRole[]>('reader', 'member', 'intake'),
      complete: fc.boolean(),
      event: fc.constantFrom(undefined, 'stopped' as const),
      later: fc.constantFrom(0, limits.peerLifeMs / 2, limits.peerLifeMs),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        swarm = new Swarm();
        const model = new Map<number, { role: SwarmRole; complete: boolean; seen: number }>();
        for (const { number, role, complete, event, later } of steps) {
          now += later;
          for (const [other, { seen }] of model) if (now - seen >= limits.peerLifeMs) model.delete(other);
          const answer = announce(visit(number, { role, complete, event }));
          model.delete(number);
          if (event === 'stopped') continue;
          const visible = [...model].filter(([, peer]) => {
            return role !== 'intake' && peer.role !== 'intake' && !(complete && peer.complete);
          });
          model.set(number, { role, complete, seen: now });
          expect(peers(answer)).to.deep.equal(visible.map(([other]) => other).sort((a, b) => a - b));
          const open = [...model.values()].filter((peer) => peer.role !== 'intake');
          if (role !== 'intake') expect(answer.complete + answer.incomplete).to.equal(open.length);
        }
        expect(swarm.size).to.equal(model.size);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the table of swarms', () => {
  it('closes swarms that are empty or silent, and counts peers', () => {
    const swarms = new Swarms();
    swarms.announce('a', infoHash(1), visit(1), NOW);
    swarms.announce('a', infoHash(2), visit(1), NOW + 1);
    swarms.announce('b', infoHash(3), seed(2), NOW + 2);
    expect([swarms.size, swarms.peers]).to.deep.equal([3, 3]);
    swarms.purge(NOW + limits.peerLifeMs);
    expect([swarms.size, swarms.peers]).to.deep.equal([2, 2]);
    swarms.announce('b', infoHash(3), seed(2, { event: 'stopped' }), NOW + 3);
    swarms.removeSubject('a', 'key 1');
    expect([swarms.size, swarms.peers]).to.deep.equal([0, 0]);
  });

  it('keep the places of readers free of those who bring files', () => {
    const swarms = new Swarms();
    const bring = (i: number, now = NOW) =>
      outcome(swarms.announce(`file ${i}`, infoHash(1), visit(i, { role: 'intake', wanted: 0 }), now));
    for (let i = 0; i < limits.intakePeersOfStrangersMax; i++) expect(bring(i)).to.equal('accept');
    expect(bring(99_999)).to.equal('tracker.full');
    expect(outcome(swarms.announce('a', infoHash(1), visit(1), NOW))).to.equal('accept');
    expect(bring(99_999, NOW + limits.peerLifeMs), 'they are silent').to.equal('accept');
  });

  it('tracker.full: one network that brings files has its share in all swarms together', () => {
    const swarms = new Swarms();
    const share = limits.intakePeersPerNetworkMax;
    const bring = (i: number, network: number) => {
      const address = { family: 4, bytes: Uint8Array.of(10, 0, network, i) } as const;
      return outcome(swarms.announce(`file ${i}`, infoHash(1), visit(i, { role: 'intake', address }), NOW));
    };
    for (let i = 0; i < share; i++) expect(bring(i, 1)).to.equal('accept');
    expect(bring(share, 1)).to.equal('tracker.full');
    expect(bring(0, 1), 'who is there').to.equal('accept');
    expect(bring(share, 2)).to.equal('accept');
  });

  it('pass.too-many-peers: so many clients for one key in all swarms of a file, whatever kinds of torrents they have', () => {
    const swarms = new Swarms();
    const come = (swarm: number, id: number, now = NOW, options: Partial<Visit> = {}) => {
      const who = visit(1, { port: 6880 + id, peerId: new Uint8Array(20).fill(id), ...options });
      return outcome(swarms.announce('a', infoHash(swarm), who, now));
    };
    for (let i = 1; i <= limits.peersPerPassMax; i++) expect(come(i % 2, i)).to.equal('accept');
    for (const swarm of [0, 1, 2]) expect(come(swarm, 99)).to.equal('pass.too-many-peers');
    expect(come(0, 1), 'in both swarms of a hybrid torrent').to.equal('accept');
    expect(come(2, 99, NOW, { port: 6881 }), 'restarted, with another torrent').to.equal('accept');
    expect(outcome(swarms.announce('b', infoHash(3), visit(1), NOW)), 'another file').to.equal('accept');
    expect(outcome(swarms.announce('a', infoHash(2), visit(2), NOW)), 'another key').to.equal('accept');
    expect(come(3, 100, NOW + limits.peerLifeMs), 'the others have gone').to.equal('accept');
  });

  it('counts a client once for a file, in however many of its swarms it is', () => {
    const swarms = new Swarms();
    swarms.announce('a', infoHash(1), seed(1), NOW);
    swarms.announce('a', infoHash(2), seed(1), NOW);
    swarms.announce('a', infoHash(2), visit(2), NOW);
    swarms.announce('a', infoHash(2), seed(3, { role: 'intake' }), NOW);
    expect(swarms.stats('a', NOW)).to.deep.equal({ seeders: 1, leechers: 1 });
    expect(swarms.stats('a', NOW + limits.peerLifeMs)).to.deep.equal({ seeders: 0, leechers: 0 });
    expect(swarms.stats('b', NOW)).to.deep.equal({ seeders: 0, leechers: 0 });
  });
});
