/**
 * The walls around one peer. webtorrent parses and handles what a peer sends where it arrives, in the loop of this process, and
 * throws at some of it: nobody catches that there, and the process ends. So whatever one peer makes throw closes that peer, and
 * nothing else: while its bytes are parsed, when a block for it was read, when time is up for what it was asked for, and when
 * webtorrent turns to it because of others or of the time. It
 * holds for every connection of the client from its first byte on, those that nobody has admitted yet included. What is parsed
 * at all: hold.ts and extensions.ts.
 */
import type WebTorrent from 'webtorrent';
import type { Peer, Torrent, Wire } from 'webtorrent';
import { heedFewExtensions } from './extensions.ts';
import { gather } from './gather.ts';
import { hold } from './hold.ts';

/** Hears what was thrown. */
type Threw = (error: unknown) => void;

/** Closes the peer. */
const closers = new WeakMap<Wire, Threw>();
/** By that of its client a peer of ours is known. */
const ours = new WeakMap<object, Threw>();
let walled: Promise<(client: WebTorrent, threw: Threw) => void> | undefined;

/** Before the first client is made; as often as you like. @returns contains all peers that a client will ever meet. */
export function wallPeers(): Promise<(client: WebTorrent, threw: Threw) => void> {
  walled ??= import('webtorrent/lib/peer.js').then(({ default: { prototype } }) => {
    const { onConnect } = prototype;
    prototype.onConnect = function () {
      onConnect.call(this);
      // Other clients in this process stay as they are.
      const threw = ours.get(this.throttleGroups);
      if (this.wire !== null && threw !== undefined) contain(this, this.wire, threw);
    };
    return ({ throttleGroups }, threw) => void ours.set(throttleGroups, threw);
  });
  return walled;
}

/** Does what a peer has caused. */
export function within(wire: Wire, step: () => void): void {
  try {
    step();
  } catch (error) {
    close(wire, error);
  }
}

/** @param wire - of the peer: nothing has come yet. */
export function contain(
  peer: Pick<Peer, 'conn' | 'destroy' | 'onHandshake'>,
  wire: Wire,
  threw: Threw,
): void {
  const { conn } = peer;
  let ended = false;
  gather(wire);
  hold(wire, () => peer.destroy());
  heedFewExtensions(wire);
  const parse = wire._parse.bind(wire);
  const stop = (): void => {
    if (ended) return;
    ended = true;
    parse(Number.MAX_VALUE, () => {}); // what came in the same packet waits for ever
  };
  closers.set(wire, (error) => {
    stop();
    threw(error);
    try {
      peer.destroy();
    } catch {
      conn?.destroy(); // its handlers of the end throw, too
    }
  });
  wire._parse = (size, parser) => {
    if (!ended) parse(size, parser);
  };
  const destroy = wire.destroy.bind(wire);
  wire.destroy = () => {
    stop();
    within(wire, destroy);
  };
  // Whoever listens to it: streamx tells of its end some turns later.
  const emit = wire.emit.bind(wire);
  wire.emit = (...event) => {
    let isHeard = false;
    within(wire, () => {
      isHeard = emit(...event);
    });
    return isHeard;
  };
  // webtorrent looks for the torrent first, and awaits that.
  const onHandshake = peer.onHandshake.bind(peer);
  peer.onHandshake = (infoHash, peerId) => within(wire, () => onHandshake(infoHash, peerId));
  const write = wire._write.bind(wire);
  wire._write = (bytes, done) => {
    let isDone = false;
    const written = (error: Error | null): void => {
      isDone = true;
      done(error);
    };
    if (!ended) within(wire, () => write(bytes, written));
    if (!isDone) done(null);
  };
  const piece = wire.piece.bind(wire);
  wire.piece = (...block) => within(wire, () => piece(...block));
  const onTimeout = wire._onTimeout.bind(wire);
  wire._onTimeout = () => within(wire, onTimeout);
  const request = wire.request.bind(wire);
  wire.request = (index, offset, length, answered) => {
    request(index, offset, length, (error, bytes) => {
      within(
        wire,
        () => void Promise.resolve(answered(error, bytes)).catch((later: unknown) => close(wire, later)),
      );
    });
  };
}

/**
 * What it is told because time has passed, or others have sent or left: behind all else that is done to what it says.
 * @param wire - of a peer that is let in.
 */
export function wallMessages(wire: Wire): void {
  for (const name of ['choke', 'unchoke', 'interested', 'uninterested', 'have', 'keepAlive'] as const) {
    const say: (index: number) => void = wire[name].bind(wire);
    wire[name] = (index?: number) => within(wire, () => say(index!));
  }
}

/** webtorrent turns to all peers of a torrent, one after the other: what one of them makes throw there closes that one. */
export function wallTurns(torrent: Torrent): void {
  for (const name of ['_updateWire', '_updateWireInterest', '_onWireWithMetadata'] as const) {
    const turn = torrent[name].bind(torrent);
    torrent[name] = (wire) => within(wire, () => turn(wire));
  }
  // It shuffles its list while it goes through it, and puts holes into that when somebody leaves meanwhile.
  const turnToAll = torrent._updateWireWrapper;
  torrent._updateWireWrapper = () => {
    turnToAll.call(Object.create(torrent, { wires: { value: [...torrent.wires] } }));
  };
}

function close(wire: Wire, error: unknown): void {
  (closers.get(wire) ?? (() => wire.destroy()))(error);
}
