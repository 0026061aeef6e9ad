/** One connection to an archive, byte by byte: what comes is taken at once, and counted. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const HANDSHAKE_BYTES = 68;

export class Client {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #shaken = false;
  unchoked = false;
  /** "piece offset length" of each block, and of each that there is none of. */
  readonly blocks: string[] = [];
  readonly rejects: string[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined); // 'close' follows
    socket.on('data', (chunk) => this.#take(chunk));
  }

  /** @param sockets - takes what is to be closed in the end. @returns when hands are shaken. */
  static async dial(port: number, handshake: Buffer, sockets: Socket[]): Promise<Client> {
    for (;;) {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      const client = new Client(socket);
      socket.write(handshake);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      await Promise.race([once(socket, 'data').catch(() => undefined), closed]);
      if (client.#shaken) return client; // else it does not know the file yet
    }
  }

  say(...messages: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(messages));
  }

  /** Resolves when the system has them, or the connection has ended. */
  async said(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  get closed(): boolean {
    return this.#socket.closed;
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    if (!this.#shaken) {
      if (this.#buffer.length < HANDSHAKE_BYTES) return;
      this.#shaken = true;
      this.#buffer = this.#buffer.subarray(HANDSHAKE_BYTES);
    }
    let at = 0;
    while (at + 4 <= this.#buffer.length && at + 4 + this.#buffer.readUInt32BE(at) <= this.#buffer.length) {
      const end = at + 4 + this.#buffer.readUInt32BE(at);
      if (end > at + 4) this.#hear(this.#buffer[at + 4]!, this.#buffer.subarray(at + 5, end));
      at = end;
    }
    this.#buffer = this.#buffer.subarray(at);
  }

  #hear(id: number, body: Buffer): void {
    if (id === 1) this.unchoked = true;
    if (id === 7) this.blocks.push(`${body.readUInt32BE(0)} ${body.readUInt32BE(4)} ${body.length - 8}`);
    if (id === 16) this.rejects.push([0, 4, 8].map((at) => body.readInt32BE(at)).join(' '));
  }
}
