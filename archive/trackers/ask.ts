/**
 * How this archive asks the trackers of other members. webtorrent's client reads an answer of any length, goes wherever
 * it is sent, takes every number in it as it comes, and lets one that breaks off end the process (nobody awaits the
 * promise): one member could stop all the others. This stands in the place where it asks. No error here holds a URL:
 * there is a pass in it.
 */
import type { HttpTracker } from 'bittorrent-tracker';
import { type Bytes, concat } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { readReply } from './reply.ts';

let curbed: Promise<void> | undefined;

/** Before the first torrent is made; as often as you like. */
export function curbTrackers(): Promise<void> {
  curbed ??= import('bittorrent-tracker').then(({ Client }) => {
    const { start } = Client.prototype;
    Client.prototype.start = function (options) {
      // Of webtorrent; other clients in this process stay as they are.
      if (this._userAgent !== undefined) this._trackers.forEach(curb);
      start.call(this, options);
    };
  });
  return curbed;
}

/** One question at a time; one that comes meanwhile is asked behind it, and the last one counts. */
function curb(tracker: HttpTracker): void {
  let busy = false;
  let next: (() => void) | undefined;
  tracker._request = (url, params, done) => {
    if (busy && params.event === undefined) {
      next = () => tracker._request(url, params, done);
      return;
    }
    busy = true;
    const ended = new AbortController();
    const end = () => ended.abort();
    tracker.cleanupFns.push(end);
    void ask(`${url}?${queryOf(params)}`, ended.signal)
      .then(readReply)
      .catch(() => undefined)
      .then((reply) => {
        busy = false;
        tracker.cleanupFns = tracker.cleanupFns.filter((one) => one !== end);
        tracker.maybeDestroyCleanup?.();
        if (tracker.destroyed) return;
        if (reply === undefined) done(new Error('a tracker has not answered, or has refused'));
        else done(null, reply);
        const ask = next;
        next = undefined;
        ask?.();
      })
      .catch(() => undefined); // webtorrent has thrown at what a member named: nobody is dialled for it, and the node goes on
  };
}

/** @throws when there is no answer in time, or it is too long, or it stands elsewhere. */
async function ask(url: string, ended: AbortSignal): Promise<Bytes> {
  const signal = AbortSignal.any([ended, AbortSignal.timeout(limits.trackerAnswerMs)]);
  const response = await fetch(url, { redirect: 'error', signal });
  const chunks: Bytes[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > limits.trackerAnswerBytesMax) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return concat(...chunks);
}

/** @param params - text whose characters are bytes (webtorrent has the info hash so), and numbers. */
function queryOf(params: { readonly [name: string]: string | number | undefined }): string {
  const byte = (character: string) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return Object.entries(params)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${String(value).replace(/[^A-Za-z0-9._~-]/g, byte)}`)
    .join('&');
}
