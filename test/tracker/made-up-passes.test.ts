/** A member that lies, with the keys of forty buyers, against the tracker of another library: is what is real still found? */
import bencode from 'bencode';
import { expect } from 'chai';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { httpWire } from '../../tracker/http/wire.ts';
import { issue } from '../../tracker/pass/pass.ts';
import type { PassIssuer } from '../../tracker/ports.ts';
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
  type QueryOptions,
  RightsInMemory,
} from './world.ts';

const library = identity(1);
const liar = identity(2);
const other = identity(3);
const file = fileHash(3);
const ARCHIVE = [192, 0, 2, 1];
const READER = [198, 51, 100, 1];

type Reply = { readonly peers: Uint8Array; readonly interval: number };

describe('passes that a member makes for the keys of buyers', () => {
  let rights: RightsInMemory;
  let service: TrackerService;

  beforeEach(() => {
    rights = new RightsInMemory();
    for (const { key } of [library, liar, other]) rights.members.add(toHex(key));
    rights.files.set(toHex(file), [infoHash(7)]);
    const ports = { rights, clock: new ManualClock(), log: new LogInMemory() };
    service = new TrackerService(ports, toHex(CHAIN_ID), new Swarms(library.key));
  });

  function announce(by: PassIssuer, who: number, from: readonly number[], options: QueryOptions = {}): Reply {
    const { key } = identity(who);
    rights.grant(key, file, 'reader');
    const pass = issue(by, toHex(CHAIN_ID), key, file, NOW / 1_000 + 60);
    const address = { family: 4, bytes: Uint8Array.from(from) } as const;
    const answer = httpWire(service).announce(pass, announceQuery(infoHash(7), options), address);
    return bencode.decode(answer as Bytes) as Reply;
  }

  /** Forty keys with five clients each, all in one network; none is there. */
  function lie(left: number): void {
    for (let i = 0; i < 40; i++)
      for (let peer = 1; peer <= limits.peersPerPassMax; peer++)
        announce(liar, 100 + i, [203, 0, 113, i], { left, peer, port: 20_000 + peer });
  }

  function isNamed({ peers }: Reply, address: readonly number[]): boolean {
    for (let at = 0; at < peers.length; at += 6)
      if (address.every((byte, i) => peers[at + i] === byte)) return true;
    return false;
  }

  for (const left of [0, 1000]) {
    it(`hide neither the archive nor those who read and seed, with left=${left}`, () => {
      announce(library, 1, ARCHIVE, { left: 0 });
      const friends = [...Array(12).keys()].map((i) => [198, 51, 100, 10 + i]);
      // Half of them with passes of another library: readers of all announce everywhere.
      for (const [i, at] of friends.entries()) announce(i % 2 ? other : library, 10 + i, at, { left });
      lie(left);
      for (let i = 0; i < 40; i++) {
        const answer = announce(library, 9, READER);
        for (const at of [ARCHIVE, ...friends]) expect(isNamed(answer, at), at.join('.')).to.equal(true);
      }
    });
  }

  it('let nobody wait who is accompanied by them alone: he is told where the archive will be, and comes again soon', () => {
    lie(0);
    let comes = false;
    service.onWanted(() => comes);
    announce(library, 1, ARCHIVE, { left: 0 });
    announce(library, 1, ARCHIVE, { left: 0, event: 'stopped' });
    expect(announce(library, 9, READER).interval).to.be.at.most(limits.announceIntervalNewSeconds);
    expect(isNamed(announce(library, 9, READER), ARCHIVE)).to.equal(false);
    comes = true;
    expect(isNamed(announce(library, 9, READER), ARCHIVE)).to.equal(true);
    announce(other, 3, [192, 0, 2, 9], { left: 0 });
    expect(isNamed(announce(library, 9, READER), ARCHIVE), 'beside the archive of another').to.equal(true);
    announce(library, 1, ARCHIVE, { left: 0 });
    const { peers, interval } = announce(library, 9, READER);
    expect(isNamed({ peers: peers.subarray(0, 12), interval }, ARCHIVE)).to.equal(true);
    expect([peers.length, interval > limits.announceIntervalNewSeconds]).to.deep.equal([50 * 6, true]);
  });
});
