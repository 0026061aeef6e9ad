/** What the tests use of bittorrent-tracker's Client. */
declare module 'bittorrent-tracker' {
  import type { EventEmitter } from 'node:events';

  export class Client extends EventEmitter {
    constructor(options: {
      infoHash: Uint8Array;
      peerId: Uint8Array;
      announce: string[];
      port: number;
      wrtc: false;
    });
    start(options: { left: number }): void;
    complete(options: { left: number }): void;
    update(options: { left: number }): void;
    stop(): void;
    scrape(): void;
    destroy(done: () => void): void;
  }
}
