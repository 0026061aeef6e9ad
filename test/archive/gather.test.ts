/** What has come of a message, on a stand-in for webtorrent's connection that takes a message as soon as it is whole. */
import { expect } from 'chai';
import type { Wire } from 'webtorrent';
import { gather } from '../../archive/peers/gather.ts';
import { limits } from '../../core/limits.ts';
import { vectorBytes } from '../tracker/world.ts';

const LONGEST = limits.peerMessageBytesMax;

class Messages {
  _buffer: Uint8Array[] = [];
  _bufferSize = 0;
  _parserSize: number;
  readonly taken: Uint8Array[] = [];

  constructor(length: number) {
    this._parserSize = length;
    gather(this as unknown as Wire);
  }
  _write(_bytes: Uint8Array, _done: () => void): void {}
  _processBuffer(): void {
    while (this._bufferSize >= this._parserSize) {
      const [bytes] = this._buffer;
      this.taken.push(bytes!.subarray(0, this._parserSize));
      this._bufferSize -= this._parserSize;
      this._buffer = this._bufferSize > 0 ? [bytes!.subarray(this._parserSize)] : [];
    }
  }
  /** In packets of so many bytes. @returns how often room was made for them, and how much at most. */
  come(bytes: Uint8Array, packet: (i: number) => number): { rooms: number; most: number } {
    const rooms = new Set<ArrayBufferLike>();
    let [most, done] = [0, 0];
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const part = bytes.slice(at, at + packet(i));
      at += part.length;
      this._write(part, () => void done++);
      for (const { buffer } of this._buffer) {
        rooms.add(buffer);
        most = Math.max(most, buffer.byteLength);
      }
      expect(done).to.equal(i + 1);
    }
    return { rooms: rooms.size, most };
  }
}

describe('a message that comes in small packets', () => {
  it('is not copied anew with each of them, and takes no more room than it is long', () => {
    const wire = new Messages(LONGEST);
    const bytes = vectorBytes(LONGEST);
    const { rooms, most } = wire.come(bytes, () => 1);
    expect(rooms).to.be.below(25);
    expect(most).to.equal(LONGEST);
    expect(wire.taken).to.have.length(1);
    expect(Buffer.compare(wire.taken[0]!, bytes)).to.equal(0);
  });

  it('waits in twice as much room at most while it waits for admission', () => {
    const wire = new Messages(Number.MAX_VALUE);
    const { rooms, most } = wire.come(vectorBytes(limits.peerHeldBytesMax), () => 1);
    expect(rooms).to.be.below(20);
    expect(most).to.be.most(2 * limits.peerHeldBytesMax);
  });

  it('is what was sent, however it is cut: what was taken before is not written over', () => {
    const bytes = vectorBytes(200_000);
    for (const packets of [[1], [7], [1_000], [1, 65_536], [3, 1, 400, 5_000], [65_536]]) {
      const wire = new Messages(1_300);
      wire.come(bytes, (i) => packets[i % packets.length]!);
      const all = Buffer.concat([...wire.taken, ...wire._buffer]);
      expect(all.equals(bytes), String(packets)).to.equal(true);
    }
  });

  it('is not copied at all when it comes in one', () => {
    const wire = new Messages(500);
    const packet = vectorBytes(1_700);
    wire._write(packet, () => {});
    expect(wire.taken.map(({ buffer }) => buffer === packet.buffer)).to.deep.equal([true, true, true]);
  });
});
