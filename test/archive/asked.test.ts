import { expect } from 'chai';
import { Asked } from '../../archive/peers/asked.ts';
import { limits } from '../../core/limits.ts';

const LENGTH = 16 * 1024;
const block = (index: number, length = LENGTH) => ({ index, offset: 0, length });

/** Reads for a peer as the archive does; `taken` bytes have left. */
class Reader {
  readonly asked = new Asked(0);
  buffered = 0;
  given: number[] = [];
  stays = true;

  ask(...blocks: readonly ReturnType<typeof block>[]): void {
    for (const one of blocks) this.stays &&= this.asked.ask(one, []);
  }
  read(): void {
    for (let one = this.asked.next(this.buffered, []); one; one = this.asked.next(this.buffered, [])) {
      this.given.push(one.index);
      this.say(13);
      this.say(one.length);
    }
  }
  say(bytes: number): void {
    this.buffered += bytes;
    this.stays &&= this.asked.said(bytes, this.buffered);
  }
}

describe('what a peer of the archive has asked for', () => {
  it('is read as it is taken, in order, whatever it has asked for', () => {
    const peer = new Reader();
    const many = Array.from({ length: 500 }, (_, index) => block(index));
    peer.ask(...many);
    for (let turns = 0; peer.given.length < 500; turns++) {
      const before = peer.given.length;
      peer.read();
      expect(peer.given.length, `turn ${turns}`).to.be.above(before);
      expect(peer.buffered).to.be.within(1, limits.peerReadAheadBytesMax + LENGTH + 13);
      peer.buffered = 0;
    }
    expect(peer.given).to.deep.equal(many.map(({ index }) => index));
    expect(peer.stays).to.equal(true);
  });

  it('is not read while enough is being read', () => {
    const peer = new Asked(0);
    const reading: ReturnType<typeof block>[] = [];
    for (let i = 0; i < 100; i++) peer.ask(block(i), reading);
    for (let one = peer.next(0, reading); one; one = peer.next(0, reading)) reading.push(one);
    expect(reading).to.have.length.within(15, 16);
    reading.shift();
    expect(peer.next(0, reading)).to.deep.equal(block(reading.length + 1));
  });

  it('is not read when it is cancelled, or was asked for before it was choked', () => {
    const peer = new Reader();
    peer.ask(block(0), block(1), block(2), block(3));
    expect(peer.asked.cancel(block(1))).to.equal(true);
    expect(peer.asked.cancel(block(1)), 'again').to.equal(false);
    peer.read();
    expect(peer.given).to.deep.equal([0, 2, 3]);
    peer.ask(block(4), block(5));
    expect(peer.asked.clear()).to.deep.equal([block(4), block(5)]);
    peer.read();
    expect(peer.given).to.deep.equal([0, 2, 3]);
  });

  it('is as much as a real client asks for, and no more', () => {
    const peer = new Asked(0);
    const reading = [block(0), block(1)];
    for (let i = 2; i < limits.peerRequestsMax; i++) expect(peer.ask(block(i), reading)).to.equal(true);
    expect(peer.ask(block(0), reading)).to.equal(false);
  });

  it('costs little when it is short: blocks of a byte are counted with what it takes to keep them', () => {
    const peer = new Reader();
    peer.ask(...Array.from({ length: limits.peerRequestsMax }, (_, index) => block(index, 1)));
    peer.read();
    expect(peer.given).to.have.length.below(520);
    expect(peer.stays).to.equal(true);
  });

  it('may leave what a slow line leaves; who leaves what he makes us say besides is cut off', () => {
    const peer = new Reader();
    peer.ask(...Array.from({ length: 100 }, (_, index) => block(index, 128 * 1024)));
    peer.read();
    for (let i = 0; i < 5; i++) peer.say(LENGTH); // of the metainfo
    expect(peer.stays).to.equal(true);
    for (let i = 0; i < 20; i++) peer.say(LENGTH);
    expect(peer.stays).to.equal(false);
  });

  it('may be answered by very many short messages, if they are taken', () => {
    const peer = new Reader();
    for (let i = 0; i < 100_000; i++) {
      peer.say(9);
      if (i % 1_000 === 0) peer.buffered = 9;
    }
    expect(peer.stays).to.equal(true);
    for (let i = 0; i < 3_000; i++) peer.say(9);
    expect(peer.stays).to.equal(false);
  });
});
