import bencode from 'bencode';
import { assert, expect } from 'chai';
import { type Bytes, toHex, utf8 } from '../../core/bytes.ts';
import { CODES, type Code } from '../../core/codes.ts';
import { limits } from '../../core/limits.ts';
import type { Seeding, Want } from '../../torrent/peers.ts';
import { encodeFailure, encodeScrape } from '../../tracker/http/reply.ts';
import type { HttpHandlers } from '../../tracker/http/server.ts';
import { httpWire } from '../../tracker/http/wire.ts';
import { issue } from '../../tracker/pass/pass.ts';
import { TrackerService } from '../../tracker/service.ts';
import { Swarms } from '../../tracker/swarm/swarms.ts';
import {
  announceQuery,
  CHAIN_ID,
  fileHash,
  identity,
  infoHash,
  LogInMemory,
  ManualClock,
  NOW,
  percent,
  RightsInMemory,
} from './world.ts';

const library = identity(1);
const reader = identity(2);
const file = fileHash(3);
const source = { family: 4, bytes: Uint8Array.of(192, 0, 2, 1) } as const;
const chain = toHex(CHAIN_ID);
const pass = issue(library, chain, reader.key, file, NOW / 1_000 + 60);

type Reply = { [key: string]: unknown };

describe('the tracker service', () => {
  let rights: RightsInMemory;
  let clock: ManualClock;
  let log: LogInMemory;
  let outcomes: string[];
  let service: TrackerService;
  let wire: HttpHandlers;

  beforeEach(() => {
    rights = new RightsInMemory();
    rights.members.add(toHex(library.key));
    rights.files.set(toHex(file), [infoHash(7), infoHash(8)]);
    rights.grant(reader.key, file, 'reader');
    clock = new ManualClock();
    log = new LogInMemory();
    outcomes = [];
    const metrics = {
      announced: (code: Code | 'served') => outcomes.push(code),
      scraped: (code: Code | 'served') => outcomes.push(code),
    };
    service = new TrackerService({ rights, clock, log, metrics }, chain, new Swarms());
    wire = httpWire(service);
  });

  function announce(query = announceQuery(infoHash(7)), text = pass): Reply {
    return bencode.decode(wire.announce(text, query, source) as Bytes) as Reply;
  }

  function expectRefusal(reply: Reply, code: Code, retry: unknown): void {
    expect(Object.keys(reply)).to.deep.equal(['failure reason', 'retry in']);
    expect(Buffer.from(reply['failure reason'] as Uint8Array).toString()).to.match(
      new RegExp(`^[A-Z].*\\.? \\(${code}\\)$`),
    );
    expect(reply['retry in']).to.deep.equal(retry);
    expect(outcomes.at(-1)).to.equal(code);
  }
  const never = utf8('never');

  it('tracker.full: passes that are wrong in their signature alone are verified for so many, and those it knows always', () => {
    announce();
    const forged = Buffer.from(pass, 'base64url');
    let verified = 0;
    for (let i = 0; i < 10_000; i++) {
      forged.writeUInt32BE(i, forged.length - 4);
      announce(announceQuery(infoHash(7)), forged.toString('base64url'));
      if (outcomes.at(-1) === 'pass.forged') verified += 1;
    }
    expectRefusal(announce(announceQuery(infoHash(7)), forged.toString('base64url')), 'tracker.full', 5);
    expect(verified).to.equal(limits.passesOwnMax + limits.passesBeyondMax - 1);
    announce();
    expect(outcomes.at(-1), 'who is known').to.equal('served');
    const other = issue(library, chain, reader.key, file, NOW / 1_000 + 61);
    void wire.announce(other, announceQuery(infoHash(7)), { family: 4, bytes: Uint8Array.of(192, 0, 3, 1) });
    expect(outcomes.at(-1), 'who is new, from elsewhere').to.equal('served');
  });

  it('answers with intervals, counts, peers and the address that it saw (BEP 3, 23, 24)', () => {
    const wants: Want[] = [];
    service.onWanted((want) => wants.push(want) === 0);
    const reply = announce();
    expect(reply).to.have.all.keys(
      'complete',
      'incomplete',
      'interval',
      'min interval',
      'peers',
      'external ip',
    );
    expect(reply['external ip']).to.deep.equal(source.bytes);
    expect(reply.interval).to.be.within(100, limits.announceIntervalNewSeconds);
    expect(announce(announceQuery(infoHash(7), { left: 0 })).interval).to.be.within(
      1_500,
      limits.announceIntervalSeconds,
    );
    expect(wants).to.deep.equal([
      {
        file,
        infoHash: infoHash(7),
        role: 'reader',
        complete: false,
        at: { address: source, port: 6881 },
        by: undefined,
      },
      {
        file,
        infoHash: infoHash(7),
        role: 'reader',
        complete: true,
        at: { address: source, port: 6881 },
        by: undefined,
      },
    ]);
    expect(outcomes).to.deep.equal(['served', 'served']);
  });

  it('tells a reader who finds nobody where the archive of this library comes, for he may not be met where he is', () => {
    service = new TrackerService({ rights, clock, log }, chain, new Swarms());
    wire = httpWire(service);
    let has = true;
    service.onWanted(() => has);
    const nobody = new Uint8Array(0);
    expect(announce().peers, 'it was never seen').to.deep.equal(nobody);
    const own = issue(library, chain, library.key, file, NOW / 1_000 + 60);
    announce(announceQuery(infoHash(8), { peer: 9, left: 0 }), own);
    const at = Uint8Array.of(...source.bytes, 6881 >> 8, 6881 & 255);
    expect(announce().peers).to.deep.equal(at);
    expect(announce().interval).to.be.at.most(limits.announceIntervalNewSeconds);
    expect(announce(announceQuery(infoHash(7), { left: 0 })).peers, 'has the file').to.deep.equal(nobody);
    has = false;
    expect(announce().peers, 'the archive has not').to.deep.equal(nobody);
    has = true;
    rights.grant(reader.key, file, 'intake');
    expect(announce().peers, 'brings the file').to.deep.equal(nobody);
  });

  describe('where ten networks say that they bring a file, each with keys and clients as many as it likes', () => {
    let seeding: Seeding[];
    let fromTen: string[];

    beforeEach(() => {
      seeding = [];
      service.onSeeded((one) => seeding.push(one));
      fromTen = [];
      for (let network = 1; network <= 10; network++) fromTen.push(...bringFrom(network));
      seeding.length = 0;
    });

    /** @returns the outcomes. */
    function bring(number: number, clients: readonly number[], address: readonly number[]): string[] {
      const { key } = identity(number);
      rights.grant(key, file, 'intake');
      const text = issue(library, chain, key, file, NOW / 1_000 + 60);
      return clients.map((peer) => {
        const query = announceQuery(infoHash(7), { peer, port: 6880 + peer, left: 0 });
        void wire.announce(text, query, { family: 4, bytes: Uint8Array.from(address) });
        return outcomes.at(-1)!;
      });
    }

    /** Five keys with five clients each, from five addresses. */
    const bringFrom = (network: number): string[] =>
      [1, 2, 3, 4, 5].flatMap((n) => bring(20 + 5 * network + n, [1, 2, 3, 4, 5], [10, 0, network, n]));
    const seeds = (number: number) =>
      seeding.some(({ subject }) => toHex(subject) === toHex(identity(number).key));

    it('tracker.full: they fill no more than their shares, and the announce of a stranger from elsewhere reaches who fetches it', () => {
      const count = (code: string) => fromTen.filter((outcome) => outcome === code).length;
      expect(count('served')).to.equal(10 * limits.intakePeersPerNetworkOfSwarmMax);
      expect(count('served') + count('tracker.full')).to.equal(fromTen.length);
      expect(bring(4, [1], [192, 0, 2, 4])).to.deep.equal(['served']);
      expect(seeds(4)).to.equal(true);
    });

    it('so does that of a key that has paid, from the midst of them', () => {
      rights.paid.add(toHex(identity(5).key));
      expect(bring(5, [1, 2], [10, 0, 1, 1])).to.deep.equal(['served', 'served']);
      expect(seeds(5)).to.equal(true);
    });

    it('and where forty do, and no place in the swarm is left, whoever brings it is fetched from all the same', () => {
      for (let network = 11; network <= 40; network++) bringFrom(network);
      seeding.length = 0;
      expect(bring(6, [1], [192, 0, 2, 4])).to.deep.equal(['tracker.full']);
      expect(seeds(6)).to.equal(true);
    });
  });

  it('pass.other-library: a member names no peers for what is brought here, with passes of its own for who brings it', () => {
    const liar = identity(9);
    rights.members.add(toHex(liar.key));
    rights.grant(reader.key, file, 'intake');
    const seeding: Seeding[] = [];
    service.onSeeded((one) => seeding.push(one));
    const made = issue(liar, chain, reader.key, file, NOW / 1_000 + 60);
    const from = { family: 4, bytes: Uint8Array.of(203, 0, 113, 1) } as const;
    for (let port = 1; port <= limits.peersPerPassMax; port++) {
      void wire.announce(made, announceQuery(infoHash(7), { peer: port, port, left: 0 }), from);
    }
    expectRefusal(announce(announceQuery(infoHash(7), { left: 0 }), made), 'pass.other-library', 5);
    announce(announceQuery(infoHash(7), { left: 0 }));
    expect(outcomes.at(-1)).to.equal('served');
    expect(seeding).to.deep.equal([{ file, subject: reader.key, at: { address: source, port: 6881 } }]);
  });

  it('pass.missing: no pass, no answer, and for ever', () => {
    expectRefusal(announce(undefined, ''), 'pass.missing', never);
  });

  it('pass.expired: a cached pass ends, too', () => {
    announce();
    clock.move(60_000);
    expectRefusal(announce(), 'pass.expired', 60);
  });

  it('right.missing: takes the peers of the key out of the swarms, and may end by itself', () => {
    announce();
    rights.grant(reader.key, file, 'none');
    expectRefusal(announce(), 'right.missing', 5);
    const other = identity(4);
    rights.grant(other.key, file, 'reader');
    const text = issue(library, chain, other.key, file, NOW / 1_000 + 60);
    expect(announce(announceQuery(infoHash(7), { peer: 2 }), text).peers).to.deep.equal(new Uint8Array(0));
  });

  it('says why it refuses: pass.malformed, pass.forged, pass.other-file, file.taken-down, announce.malformed', () => {
    expectRefusal(announce(undefined, 'x'), 'pass.malformed', never);
    const forged = issue(identity(9), chain, reader.key, file, NOW / 1_000 + 60);
    expectRefusal(announce(undefined, forged), 'pass.forged', 60);
    expectRefusal(announce(announceQuery(infoHash(9))), 'pass.other-file', 60);
    expectRefusal(announce('info_hash=x'), 'announce.malformed', 60);
    rights.gone.add(toHex(file));
    expectRefusal(announce(), 'file.taken-down', 60);
  });

  it('refuses for ever only what has the wrong form', () => {
    const retries = (Object.keys(CODES) as Code[]).filter((code) => {
      const reply = bencode.decode(encodeFailure(code)) as { readonly 'retry in': unknown };
      return typeof reply['retry in'] !== 'number';
    });
    expect(retries.sort()).to.deep.equal(['pass.malformed', 'pass.missing']);
  });

  it('scrapes only what the pass is for (BEP 48), in the order of the bytes', () => {
    announce(announceQuery(infoHash(8), { left: 0 }));
    const all = bencode.decode(wire.scrape(pass, '', source)) as { files: object };
    expect(Object.values(all.files)).to.deep.equal([
      { complete: 0, downloaded: 0, incomplete: 0 },
      { complete: 1, downloaded: 0, incomplete: 0 },
    ]);
    const query = `info_hash=${percent(infoHash(9))}&info_hash=${percent(infoHash(8))}`;
    const one = bencode.decode(wire.scrape(pass, query, source)) as { files: object };
    expect(Object.keys(one.files)).to.deep.equal(['\b'.repeat(20)]);
    expectRefusal(bencode.decode(wire.scrape('', query, source)) as Reply, 'pass.missing', never);
    const row = { complete: 0, incomplete: 0, downloaded: 0 };
    const bytes = encodeScrape([
      [infoHash(9), row],
      [infoHash(0xf0), row],
      [infoHash(0x10), row],
    ]);
    const keys = [
      ...Buffer.from(bytes)
        .toString('latin1')
        .matchAll(/20:(.)/gs),
    ].map(([, key]) => key);
    expect(keys).to.deep.equal(['\x09', '\x10', '\xf0']);
  });

  it('node.fault: when the ledger cannot be read it says so and goes on; no pass in the log', () => {
    const broken = new TrackerService(
      {
        rights: {
          isMember: () => true,
          isSelf: () => true,
          hasPaid: () => false,
          memberAt: () => true,
          right: () => {
            throw new Error('disk');
          },
          infoHashes: () => [],
          takenDown: () => false,
        },
        clock,
        log,
      },
      chain,
      new Swarms(),
    );
    const reply = bencode.decode(
      httpWire(broken).announce(pass, announceQuery(infoHash(7)), source) as Bytes,
    ) as Reply;
    assert(reply['retry in'] === 5);
    expect(log.lines.join()).to.include('disk').and.not.include(pass);
  });
});
