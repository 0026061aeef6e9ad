/** The service as a wire sees it, with no bytes between: what UDP and WebSocket will build on. */
import bencode from 'bencode';
import { assert, expect } from 'chai';
import { namedIn, readReply } from '../../archive/trackers/reply.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import type { Code } from '../../core/codes.ts';
import { limits } from '../../core/limits.ts';
import type { AnnounceReply, AnnounceRequest } from '../../tracker/announce.ts';
import { parseAnnounce } from '../../tracker/http/query.ts';
import { encodeReply } from '../../tracker/http/reply.ts';
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
  outcome,
  type QueryOptions,
  RightsInMemory,
} from './world.ts';

const [library, reader, other] = [identity(1), identity(2), identity(4)];
const file = fileHash(3);
const chain = toHex(CHAIN_ID);
const passFor = ({ key }: typeof reader) => issue(library, chain, key, file, NOW / 1_000 + 60);
const at = (host: number) => ({ family: 4, bytes: Uint8Array.of(192, 0, 2, host) }) as const;
const entry = (host: number) => Uint8Array.of(...at(host).bytes, 6881 >> 8, 6881 & 255);

describe('the tracker without a wire', () => {
  let clock: ManualClock;
  let outcomes: string[];
  let service: TrackerService;

  beforeEach(() => {
    const rights = new RightsInMemory();
    rights.members.add(toHex(library.key));
    rights.files.set(toHex(file), [infoHash(7)]);
    for (const { key } of [reader, other]) rights.grant(key, file, 'reader');
    clock = new ManualClock();
    outcomes = [];
    const metrics = {
      announced: (code: Code | 'served') => outcomes.push(`announced ${code}`),
      scraped: (code: Code | 'served') => outcomes.push(`scraped ${code}`),
    };
    const ports = { rights, clock, log: new LogInMemory(), metrics };
    service = new TrackerService(ports, chain, new Swarms(library.key));
  });

  function request(who: typeof reader, host: number, options: QueryOptions = {}): AnnounceRequest {
    const claims = parseAnnounce(announceQuery(infoHash(7), options));
    assert(claims.kind === 'accept');
    return { pass: passFor(who), source: at(host), ...claims.value };
  }

  function announce(who: typeof reader, host: number, options: QueryOptions = {}): AnnounceReply {
    const verdict = service.announce(request(who, host, options));
    assert(verdict.kind === 'accept');
    return verdict.value;
  }

  it('shows the same swarm to whoever comes by value and by HTTP', () => {
    const first = announce(reader, 1, { left: 0 });
    expect(first).to.include({ complete: 1, incomplete: 0 });
    expect(first.external).to.deep.equal(at(1));
    const query = announceQuery(infoHash(7), { peer: 2 });
    const spelt = bencode.decode(httpWire(service).announce(passFor(other), query, at(2)) as Bytes);
    expect(spelt).to.include({ complete: 1, incomplete: 1 });
    expect(spelt).to.deep.include({ peers: entry(1), 'external ip': at(2).bytes });
    const again = announce(reader, 1, { left: 0 });
    expect(again.peers).to.deep.equal(entry(2));
    expect(service.scrape({ pass: passFor(reader), source: at(1), infoHashes: [] })).to.deep.equal({
      kind: 'accept',
      value: [[infoHash(7), { complete: 1, incomplete: 1, downloaded: 0 }]],
    });
  });

  it('tells a member, and nobody else, whom it has admitted', () => {
    expect(announce(reader, 1).admitted).to.equal(undefined);
    clock.move(1_500);
    const { admitted, intervalSeconds } = announce(library, 9, { peer: 9, left: 0 });
    expect(admitted?.peers).to.deep.equal(Uint8Array.of(...entry(9), ...entry(1)));
    expect(admitted?.upSeconds).to.equal(2);
    expect(intervalSeconds).to.be.at.most(limits.announceIntervalArchiveSeconds);
  });

  it('is understood by an archive, in what its HTTP wire spells', () => {
    announce(reader, 1);
    clock.move(1_000);
    const said = announce(library, 9, { peer: 9, left: 0 });
    const read = readReply(encodeReply(said));
    assert(read !== undefined);
    expect(read.interval).to.equal(said.intervalSeconds);
    expect(read.peers).to.deep.equal(entry(1));
    const { peers, peers6 } = said.admitted!;
    expect(namedIn(read, clock.now())).to.deep.equal({ peers, peers6, sinceMs: NOW });
  });

  it('pass.missing, pass.expired, announce.malformed: says first what is wrong with the pass', () => {
    const said = (pass: string, source?: ReturnType<typeof at>) =>
      outcome(service.unreadable('announced', pass, source));
    expect(said('', at(1))).to.equal('pass.missing');
    expect(said(passFor(reader), at(1))).to.equal('announce.malformed');
    expect(said(passFor(reader)), 'from nobody knows where').to.equal('announce.malformed');
    expect(said(issue(library, chain, reader.key, file, NOW / 1_000 - 1), at(1))).to.equal('pass.expired');
  });

  it('counts one outcome for each request, whatever way it came', async () => {
    const wire = httpWire(service);
    announce(reader, 1);
    await service.announceSoon(request(reader, 1));
    void wire.announce(passFor(reader), 'x', at(1));
    wire.scrape(passFor(reader), '', at(1));
    wire.scrape('', 'info_hash=x', at(1));
    expect(outcomes).to.deep.equal([
      'announced served',
      'announced served',
      'announced announce.malformed',
      'scraped served',
      'scraped pass.missing',
    ]);
  });
});
