/** Who has just bought a file at one library announces to all of them, also to those that are a block behind. */
import bencode from 'bencode';
import { expect } from 'chai';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
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
  RightsInMemory,
} from './world.ts';

const [here, there, reader] = [identity(1), identity(2), identity(3)];
const file = fileHash(3);
const chain = toHex(CHAIN_ID);
const fresh = Math.floor((NOW + limits.passLifeMs) / 1_000);
const address = (network: number, host = 1) =>
  ({ family: 4, bytes: Uint8Array.of(10, 0, network, host) }) as const;

describe('a right that another library knows already', () => {
  let rights: RightsInMemory;
  let clock: ManualClock;
  let service: TrackerService;

  beforeEach(() => {
    rights = new RightsInMemory();
    for (const { key } of [here, there]) rights.members.add(toHex(key));
    rights.files.set(toHex(file), [infoHash(7)]);
    clock = new ManualClock();
    service = new TrackerService({ rights, clock, log: new LogInMemory() }, chain, new Swarms());
  });

  type Options = {
    readonly expires?: number;
    readonly by?: typeof there;
    readonly from?: ReturnType<typeof address>;
  };
  function announce({
    expires = fresh,
    by = there,
    from = address(1),
  }: Options = {}): Bytes | Promise<Bytes> {
    const pass = issue(by, chain, reader.key, file, expires);
    return httpWire(service).announce(pass, announceQuery(infoHash(7)), from);
  }
  const refusal = (answer: Bytes): string => {
    const reason = (bencode.decode(answer) as { 'failure reason'?: Uint8Array })['failure reason'];
    return /\(([a-z.-]+)\)/.exec(Buffer.from(reason ?? []).toString())?.[1] ?? 'served';
  };
  /** What was said at once, or what is said after so long. */
  async function saidAfter(answer: Bytes | Promise<Bytes>, ms: number): Promise<string> {
    let said = answer instanceof Promise ? 'nothing yet' : refusal(answer);
    if (answer instanceof Promise) void answer.then((late) => (said = refusal(late)));
    for (let passed = 0; passed < ms; passed += limits.rightToComeEveryMs) {
      clock.move(limits.rightToComeEveryMs);
      await new Promise(setImmediate);
    }
    return said;
  }

  it('is waited for: who has bought elsewhere a moment ago is served as soon as it is known here', async () => {
    const answer = announce();
    expect(await saidAfter(answer, 500)).to.equal('nothing yet');
    rights.grant(reader.key, file, 'reader');
    expect(await saidAfter(answer, limits.rightToComeEveryMs)).to.equal('served');
    expect(clock.waiting, 'nothing is left').to.equal(0);
  });

  it('right.missing: is waited for so long', async () => {
    const answer = announce();
    expect(await saidAfter(answer, limits.rightToComeMs - 2 * limits.rightToComeEveryMs)).to.equal(
      'nothing yet',
    );
    expect(await saidAfter(answer, 3 * limits.rightToComeEveryMs)).to.equal('right.missing');
  });

  it('right.missing: is not waited for with a pass of this library, an old one, or for another reason', async () => {
    expect(await saidAfter(announce({ by: here }), 0)).to.equal('right.missing');
    const old = fresh - limits.freshPassMs / 1_000;
    expect(await saidAfter(announce({ expires: old }), 0)).to.equal('right.missing');
    rights.members.delete(toHex(there.key));
    expect(await saidAfter(announce(), 0)).to.equal('pass.forged');
  });

  it('right.missing: is waited for by so many of one network, and by others beside them', async () => {
    const own = Array.from({ length: limits.rightsToComePerNetworkMax }, (_, i) =>
      announce({ from: address(1, i) }),
    );
    for (const answer of own) expect(answer).to.be.instanceOf(Promise);
    expect(await saidAfter(announce({ from: address(1, 99) }), 0)).to.equal('right.missing');
    expect(await saidAfter(announce({ from: address(2) }), 0)).to.equal('nothing yet');
  });

  it('is answered when the library stops', async () => {
    const answer = announce();
    service.stop();
    expect(await saidAfter(answer, 0).then(async () => refusal(await answer))).to.equal('right.missing');
    expect(clock.waiting).to.equal(0);
  });
});
