/**
 * Has everything that this thread dials leave from one address: the SDK, the tracker of a BitTorrent client and its
 * peers alike. Node has an option for it in each call only, and the programs below pass none.
 */
import { Socket } from 'node:net';

type Options = { localAddress?: string; readonly path?: string };
type Connect = (this: Socket, ...args: unknown[]) => Socket;

export function dialFrom(address: string): void {
  const prototype = Socket.prototype as unknown as { connect: Connect };
  const { connect } = prototype;
  prototype.connect = function (...args) {
    const [first] = args;
    // Either as a caller writes it, or as net.connect has put it together: a list that begins with the options.
    const options = (Array.isArray(first) ? first[0] : first) as Options | undefined;
    if (typeof options === 'object' && options !== null && options.path === undefined) {
      options.localAddress ??= address;
    }
    return connect.apply(this, args);
  };
}
