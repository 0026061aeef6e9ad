/** What a file with a sealed key may ask of whoever opens it: checked before any work is done. */
import { KiB } from './units.ts';

export const keys = {
  keyFileBytesMax: 4 * KiB,
  /** Of scrypt: with r = 8, n × 1 KiB of memory; so at most 1 GiB, and some seconds. */
  scryptNMax: 2 ** 20,
  scryptRMax: 8,
  scryptPMax: 4,
} as const;
