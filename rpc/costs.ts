/**
 * What is paid beside the price of a call (api/), in milliseconds of one core, on the scale of what `npm run bench-calls`
 * measures (docs/calls.md has the figures, and what they are worth). It is paid whatever comes of the call.
 */
import type { IncomingMessage } from 'node:http';
import { limits } from '../core/limits.ts';

/**
 * Bytes that a claim may bring, beside `upload`, in its form or from the peers of its reader: to write or to fetch, to hash
 * and describe a small book, put it on the ledger and show it to the libraries that attest it. How many bytes there are is
 * bounded by the caps of a day.
 */
export const FILE_COST = 10;
/** And to read a torrent, make our own of it and remember it until its bytes have come: one of 64 GiB has 80 kB. */
export function torrentCost(bytes: number): number {
  return bytes / TORRENT_BYTES_PER_MS;
}
const TORRENT_BYTES_PER_MS = 4_096;

/** Of every request, before anything of it is looked at: what costs nothing more, a page that there is not or a refusal, costs this. */
export const LOOK_COST = 0.1;

/** Of a call at the desk until it is known who has signed it: to hash it and have the signature looked at. The price is a librarian's. */
export const DESK_LOOK_COST = 0.5;

/** To write and send the whole contract: a quarter of a megabyte. */
export const DOCUMENT_COST = 5;

/** What is no call at all, or none that its caller may make, and is answered with an error. */
export const UNKNOWN_COST = 0.5;
/** To read a message of so many bytes and check its form. */
export function messageCost(bytes: number): number {
  return bytes / BODY_BYTES_PER_MS;
}
/** A new connection of another kind: to answer its handshake, and what it holds. */
export const UPGRADE_COST = 1;
/**
 * To read what comes with a request and check its form, before the first call in it: a JSON body, or the parameters of a URL
 * that is longer than most. Without a stated length: as of the longest.
 */
export function readingCost({ method, headers, url = '' }: IncomingMessage): number {
  if (method !== 'POST') return Math.max(0, url.length - USUAL_URL) / URL_CHARACTERS_PER_MS;
  const length = Number(headers['content-length'] ?? limits.bodyBytesMax);
  return messageCost(Math.min(length, limits.bodyBytesMax));
}
const BODY_BYTES_PER_MS = 32_768;
const URL_CHARACTERS_PER_MS = 4_096;
const USUAL_URL = 1_024;
/** To throw away what comes behind an answer. @param bytes - as http/drain.ts counts them. */
export function thrownCost(bytes: number): number {
  return bytes / THROWN_BYTES_PER_MS;
}
const THROWN_BYTES_PER_MS = 262_144;
/** Of each signature in a transaction beyond the first, with the verifying thread. */
export const SIGNATURE_COST = 0.1;

/** To look after an upload that resumes, or end it. */
export const TUS_LOOK_COST = 0.2;
/** A request that goes on with one: a place, a file that is opened, two syncs of the disk. */
export const TUS_PATCH_COST = 1;
/** And one that brings next to nothing, and is not its last: its syncs keep the disk from others. */
export const TUS_SMALL_PATCH_COST = 8;
