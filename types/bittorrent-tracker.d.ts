/** What the archive and the tests use of bittorrent-tracker's Client. */
declare module 'bittorrent-tracker' {
  import type { EventEmitter } from 'node:events';

  /** Of the inner parts of a tracker that is asked over HTTP: those that archive/trackers/ask.ts needs. */
  export type HttpTracker = {
    readonly destroyed: boolean;
    /** What `destroy` ends. */
    cleanupFns: (() => void)[];
    /** Set by `destroy` while it waits for what is under way. */
    readonly maybeDestroyCleanup: (() => void) | null;
    _request(
      url: string,
      params: { readonly [name: string]: string | number | undefined },
      done: (error: Error | null, answer?: object) => void,
    ): unknown;
  };

  export class Client extends EventEmitter {
    constructor(options: {
      infoHash: Uint8Array;
      peerId: Uint8Array;
      announce: string[];
      port: number;
      wrtc: false;
    });
    readonly _trackers: HttpTracker[];
    readonly _userAgent: string | undefined;
    start(options: { left: number }): void;
    complete(options: { left: number }): void;
    update(options: { left: number }): void;
    stop(): void;
    scrape(): void;
    destroy(done: () => void): void;
  }
}
