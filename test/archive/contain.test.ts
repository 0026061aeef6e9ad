/** What a peer makes throw, on stand-ins for webtorrent's connection and peer. */
import { expect } from 'chai';
import type { Peer, Wire } from 'webtorrent';
import { contain, within } from '../../archive/peers/contain.ts';

type Answered = (error: Error | null, bytes: Uint8Array | null) => unknown;

describe('what a peer of an archive makes throw', () => {
  let closed: string[];
  let parsed: number[];
  let said: string[];
  let asked: Answered;
  let peer: Pick<Peer, 'conn' | 'destroy' | 'onHandshake'>;
  let wire: Wire;

  beforeEach(() => {
    [closed, parsed, said] = [[], [], []];
    const broken = (): never => {
      throw new Error('of webtorrent');
    };
    const stand = {
      _bufferSize: 0,
      _parse: (size: number) => void parsed.push(size),
      _buffer: [],
      _processBuffer: broken,
      _write: () => {},
      _onExtended: broken,
      _onTimeout: broken,
      piece: broken,
      emit: broken,
      destroy: () => void closed.push('wire'),
      request: (_index: number, _offset: number, _length: number, answered: Answered) => {
        asked = answered;
      },
    };
    wire = stand as unknown as Wire;
    const conn = { destroy: () => void closed.push('conn') } as unknown as Peer['conn'];
    peer = { conn, destroy: () => void closed.push('peer'), onHandshake: broken };
    contain(peer, wire, (error) => said.push((error as Error).message));
  });

  it('closes it while its bytes are parsed, and nothing more of it is', () => {
    let taken = 0;
    for (let i = 0; i < 3; i++) wire._write(new Uint8Array(1), () => taken++);
    expect(closed).to.deep.equal(['peer']);
    expect(taken).to.equal(3);
    wire._parse(4, () => {});
    expect(parsed).to.deep.equal([Number.MAX_VALUE]);
  });

  it('closes it when time is up, when a block for it was read, and in whatever it has caused', () => {
    wire._onTimeout();
    wire.piece(0, 0, new Uint8Array(1));
    within(wire, () => {
      throw new Error('later');
    });
    expect(closed).to.deep.equal(['peer', 'peer', 'peer']);
    expect(said).to.deep.equal(['of webtorrent', 'of webtorrent', 'later']);
  });

  it('closes it when somebody who listens to it throws, at its end, too', () => {
    expect(wire.emit('close')).to.equal(false);
    expect(closed).to.deep.equal(['peer']);
  });

  it('closes it when what it was asked for comes, at once or later', async () => {
    wire.request(0, 0, 1, () => {
      throw new Error('at once');
    });
    asked(null, null);
    expect(closed).to.deep.equal(['peer']);
    wire.request(0, 0, 1, () => Promise.reject(new Error('later')));
    asked(null, null);
    await new Promise(setImmediate);
    expect(closed).to.deep.equal(['peer', 'peer']);
  });

  it('closes it when it is taken into its torrent: webtorrent looks for that, and awaits it', () => {
    peer.onHandshake('', '');
    expect(closed).to.deep.equal(['peer']);
  });

  it('closes its connection when what webtorrent does at its end throws, too', () => {
    peer.destroy = () => {
      throw new Error('at the end');
    };
    wire._onTimeout();
    expect(closed).to.deep.equal(['conn']);
  });
});
