import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import { type Comer, PeerPlaces } from '../../tracker/swarm/peer-places.ts';
import { passOf } from './world.ts';

const PASS = passOf(2);
const SWARM = {};

function comer(options: Partial<Comer>): Comer {
  return { subject: 'key', pass: PASS, role: 'reader', network: 'a', paid: false, ...options };
}

describe('places in the swarms of a tracker', () => {
  let places: PeerPlaces;
  beforeEach(() => {
    places = new PeerPlaces(PASS.issuer);
  });

  /** As many as there is room for, each in a swarm of its own or all in one. @returns how many. */
  function fill(kind: (i: number) => Partial<Comer>, swarm?: object): number {
    let count = 0;
    for (const most = 2 * limits.peersMax; count < most; count++) {
      const one = comer(kind(count));
      // A swarm may be any object: what is counted in all swarms counts wherever it is.
      const where = swarm ?? SWARMS[count % SWARMS.length]!;
      if (!places.hasRoom(where, one)) break;
      places.count(where, one, 1);
    }
    return count;
  }
  const SWARMS = Array.from({ length: 1_000 }, () => ({}));
  const hasRoom = (options: Partial<Comer>, swarm: object = {}) => places.hasRoom(swarm, comer(options));

  it('of one swarm: a university may have half that nobody else wants, and ten networks leave places to readers from elsewhere', () => {
    expect(fill((i) => ({ subject: `key ${i}`, network: 'campus' }), SWARM)).to.equal(
      limits.peersPerSwarmMax / 2,
    );
    for (let network = 1; network < 10; network++) {
      expect(fill((i) => ({ subject: `${network} ${i}`, network: `${network}` }), SWARM)).to.equal(
        limits.peersPerNetworkOfSwarmMax,
      );
    }
    expect(hasRoom({ network: 'elsewhere' }, SWARM)).to.equal(true);
    expect(hasRoom({ network: '1' }), 'in another swarm').to.equal(true);
  });

  it('of all: likewise, with however many keys', () => {
    expect(fill((i) => ({ subject: `key ${i >> 8}`, network: 'campus' }))).to.equal(limits.peersMax / 2);
    for (let network = 1; network < 10; network++) {
      expect(fill((i) => ({ subject: `${network} ${i >> 8}`, network: `${network}` }))).to.equal(
        limits.peersPerNetworkMax,
      );
    }
    expect(hasRoom({ network: 'elsewhere' })).to.equal(true);
  });

  it('of all: one reader with a great many books leaves them to others of his network, once it is crowded', () => {
    fill((i) => ({ subject: `key ${i >> 8}`, network: 'campus' }));
    expect(fill((i) => ({ network: `${i >> 4}` }))).to.equal(limits.peersPerReaderMax);
    expect(hasRoom({ subject: 'another', network: '0' })).to.equal(true);
  });

  for (const [where, swarm, all, share] of [
    ['one swarm', SWARM, limits.peersPerSwarmMax, limits.peersPerIssuerOfSwarmMax],
    ['all', undefined, limits.peersMax, limits.peersPerIssuerMax],
  ] as const) {
    it(`of ${where}: a member that makes passes leaves places to readers of other libraries, and to those of this one`, () => {
      /** From any number of networks. */
      const from = (issuer: number) => {
        const pass = passOf(2, undefined, issuer);
        return fill((i) => ({ pass, subject: `${issuer} ${i}`, network: `${issuer} ${i >> 2}` }), swarm);
      };
      expect(from(9)).to.equal(all / 2);
      expect(from(10)).to.equal(share);
      expect(hasRoom({ pass: passOf(2, undefined, 11), network: 'elsewhere' }, swarm)).to.equal(true);
      expect(from(1), 'this library').to.equal(all / 2 - share);
    });
  }

  it('of all: members that lie take none from readers, and leave theirs to other members', () => {
    const of = (member: number) => fill(() => ({ role: 'member', subject: `member ${member}` }));
    expect(of(0)).to.equal(limits.memberPeersMax / 2);
    for (let member = 1; member < 10; member++) expect(of(member)).to.equal(limits.memberPeersPerKeyMax);
    expect([hasRoom({ role: 'member', subject: 'honest' }), hasRoom({})]).to.deep.equal([true, true]);
  });

  it('of those who bring: ten networks and ten keys that have paid leave places to others', () => {
    for (let network = 0; network < 10; network++) {
      const one = (i: number) =>
        ({ role: 'intake', subject: `${network} ${i >> 4}`, network: `${network}` }) as const;
      expect(fill(one)).to.equal(limits.intakePeersPerNetworkMax);
      expect(fill(() => ({ role: 'intake', subject: `paid ${network}`, paid: true }))).to.equal(
        limits.intakePeersPerKeyMax,
      );
    }
    expect(hasRoom({ role: 'intake', network: 'elsewhere' })).to.equal(true);
    expect(hasRoom({ role: 'intake', network: '1', paid: true })).to.equal(true);
  });

  it('of those who bring: ten networks of keys that have paid leave places to others, after one has had half', () => {
    const of = (network: number) => (i: number) =>
      ({ role: 'intake', subject: `${network} ${i >> 4}`, network: `${network}`, paid: true }) as const;
    expect(fill(of(0))).to.equal(limits.intakePeersOfReadersMax / 2);
    expect(fill((i) => ({ ...of(0)(i), subject: `here ${i}` }), SWARM)).to.equal(0);
    for (let network = 1; network < 10; network++)
      expect(fill(of(network))).to.equal(limits.intakePeersOfReadersPerNetworkMax);
    expect(hasRoom({ role: 'intake', network: 'elsewhere', paid: true })).to.equal(true);
  });

  it('of those who bring to one swarm: the same', () => {
    const of = (network: number) => (i: number) =>
      ({ role: 'intake', subject: `${network} ${i}`, network: `${network}`, paid: true }) as const;
    expect(fill(of(0), SWARM)).to.equal(limits.intakePeersOfReadersPerSwarmMax / 2);
    for (let network = 1; network < 10; network++)
      expect(fill(of(network), SWARM)).to.equal(limits.intakePeersOfReadersPerNetworkOfSwarmMax);
    expect(hasRoom({ role: 'intake', network: 'elsewhere', paid: true }, SWARM)).to.equal(true);
  });

  it('of a key: passes that another member has made for it use up none of those that its own library has given', () => {
    const by = passOf(2, undefined, 9);
    fill(() => ({ role: 'intake', paid: true, pass: by }));
    expect(hasRoom({ role: 'intake', paid: true, pass: by })).to.equal(false);
    expect(hasRoom({ role: 'intake', paid: true })).to.equal(true);
  });

  it('of swarms: one network opens half of them, ten do not open all', () => {
    const open = (network: number): number => {
      const from = { family: 4, bytes: Uint8Array.of(10, 0, network, 1) } as const;
      let count = 0;
      for (; places.mayOpen(from); count++)
        places.countSwarm(`0a00${network.toString(16).padStart(2, '0')}`, 1);
      return count;
    };
    expect(open(0)).to.equal(limits.swarmsMax / 2);
    for (let network = 1; network < 10; network++) expect(open(network)).to.equal(limits.swarmsPerNetworkMax);
    expect(open(10)).to.equal(limits.swarmsPerNetworkMax);
  });
});
