import { expect } from 'chai';
import { limits } from '../../../../core/limits.ts';
import { IntakePeers } from '../../../../node/content/uploads/intake-peers.ts';
import { endpointText } from '../../../../torrent/compact-peers.ts';
import { hashOf, keyOf } from '../../../chain/world.ts';
import { NOW } from '../../../tracker/world.ts';

const [FILE, OTHER] = [hashOf('a file'), hashOf('another')];
const [KIM, LOU] = [keyOf('kim'), keyOf('lou')];
const at = (port: number, last = 1) =>
  ({ address: { family: 4, bytes: Uint8Array.of(192, 0, 2, last) }, port }) as const;

describe('where the peers are of those who bring a file', () => {
  let peers: IntakePeers;
  beforeEach(() => {
    peers = new IntakePeers();
  });
  const of = (key = KIM, now = NOW, file = FILE) => peers.of(file, key, now).map(endpointText);

  it('is told of the key and the file that they announced for, and of no other', () => {
    expect(peers.announced(FILE, KIM, at(1), NOW)).to.equal(true);
    expect(of()).to.deep.equal(['192.0.2.1:1']);
    expect(of(LOU)).to.deep.equal([]);
    expect(of(KIM, NOW, OTHER)).to.deep.equal([]);
    expect(peers.announced(FILE, KIM, at(1), NOW + 1), 'it is known').to.equal(false);
  });

  it('is the place of whoever has named it first: nobody passes off the peer of another as his own', () => {
    peers.announced(FILE, KIM, at(1), NOW);
    expect(peers.announced(FILE, LOU, at(1), NOW)).to.equal(false);
    expect(of(LOU)).to.deep.equal([]);
    expect(peers.announced(FILE, LOU, at(2), NOW), 'another port there').to.equal(true);
    expect(peers.announced(FILE, LOU, at(1, 2), NOW), 'another address').to.equal(true);
    expect(peers.announced(OTHER, LOU, at(1), NOW), 'another file').to.equal(true);
  });

  it('is free again when its peer has been silent for as long as peers live, or is forgotten', () => {
    peers.announced(FILE, KIM, at(1), NOW);
    expect(of(KIM, NOW + limits.peerLifeMs - 1)).to.have.length(1);
    expect(of(KIM, NOW + limits.peerLifeMs)).to.deep.equal([]);
    expect(of(KIM, NOW - limits.peerLifeMs), 'a clock that is set back').to.deep.equal([]);
    expect(peers.announced(FILE, LOU, at(1), NOW + limits.peerLifeMs)).to.equal(true);
    peers.announced(FILE, KIM, at(2), NOW);
    peers.forget(FILE, KIM);
    peers.forget(FILE, KIM);
    expect(of()).to.deep.equal([]);
    expect(peers.announced(FILE, LOU, at(2), NOW)).to.equal(true);
  });

  it('is kept for as many peers of a key as a pass may have, the latest', () => {
    for (let port = 1; port <= limits.peersPerPassMax + 2; port++) peers.announced(FILE, KIM, at(port), NOW);
    expect(of()).to.have.length(limits.peersPerPassMax);
    expect(of().at(-1)).to.equal(`192.0.2.1:${limits.peersPerPassMax + 2}`);
    expect(of()).not.to.include('192.0.2.1:1');
  });
});
