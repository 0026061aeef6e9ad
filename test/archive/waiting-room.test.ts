/** Whom the trackers are asked for, among those who have come to an archive that does not know them. */
import { expect } from 'chai';
import type { Peer, Torrent } from 'webtorrent';
import { WaitingRoom } from '../../archive/peers/waiting-room.ts';
import { parseAddress } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import { ManualClock } from '../tracker/world.ts';

const { askTrackersMinMs, askTrackersOfTorrentMinMs, peersWaitingPerNetworkMax, peerWaitsMs } = limits;

describe('the waiting room of an archive', () => {
  let clock: ManualClock;
  let room: WaitingRoom;
  let asked: string[];
  let sentAway: number;

  beforeEach(() => {
    clock = new ManualClock();
    room = new WaitingRoom(clock);
    [asked, sentAway] = [[], 0];
  });

  const torrentOf = (name: string): Torrent =>
    ({ discovery: { tracker: { update: () => void asked.push(name) } } }) as unknown as Torrent;
  const come = (torrent: Torrent, from: string, admit = () => false): boolean => {
    const peer = { destroyed: false, onHandshake() {}, destroy: () => sentAway++ } as unknown as Peer;
    return room.take(torrent, peer, parseAddress(from)!, admit);
  };
  const pass = (ms: number): void => {
    clock.time += ms;
    room.look();
  };

  it('asks the trackers for a reader next, however many strangers of other networks have come before', () => {
    const others = Array.from({ length: peersWaitingPerNetworkMax }, (_, i) => torrentOf(`other ${i}`));
    for (const torrent of others) come(torrent, '10.0.0.1');
    come(torrentOf('read'), '10.0.1.1');
    expect(asked).to.deep.equal(['other 0']);
    pass(askTrackersMinMs);
    expect(asked).to.deep.equal(['other 0', 'read']);
    pass(askTrackersMinMs);
    pass(askTrackersMinMs);
    expect(asked.slice(2)).to.deep.equal(['other 1', 'other 2']);
  });

  it('asks again soon for whoever has come since, and seldom for those who were asked for', () => {
    const torrent = torrentOf('read');
    come(torrent, '10.0.0.1');
    pass(askTrackersOfTorrentMinMs);
    expect(asked).to.have.length(1);
    come(torrent, '10.0.1.1');
    expect(asked).to.have.length(2);
    for (let ms = 0; ms < peerWaitsMs - askTrackersOfTorrentMinMs; ms += askTrackersMinMs)
      pass(askTrackersMinMs);
    expect(asked.length).to.be.within(3, 4);
  });

  it('lets in whoever is known when they have answered, and sends away whoever has waited in vain', () => {
    const torrent = torrentOf('read');
    let known = false;
    come(torrent, '10.0.0.1', () => known);
    come(torrent, '10.0.1.1');
    known = true;
    room.look(torrent);
    expect(room.size).to.equal(1);
    expect(sentAway).to.equal(0);
    pass(peerWaitsMs);
    expect(room.size).to.equal(0);
    expect(sentAway).to.equal(1);
  });

  it('has so many of one network', () => {
    const torrent = torrentOf('read');
    for (let i = 0; i < peersWaitingPerNetworkMax; i++) expect(come(torrent, `10.0.0.${i}`)).to.equal(true);
    expect(come(torrent, '10.0.0.99')).to.equal(false);
    expect(come(torrent, '10.0.1.1')).to.equal(true);
  });

  it('asks on when the clock is set back', () => {
    come(torrentOf('one'), '10.0.0.1');
    clock.time -= 1_000_000;
    come(torrentOf('two'), '10.0.0.2');
    expect(asked).to.deep.equal(['one', 'two']);
  });
});
