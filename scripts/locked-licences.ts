/**
 * Under which licences the packages of package-lock.json are, and whether each goes together with ours. Read from the lock,
 * so that packages for other machines count, too.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const LOCK = join(import.meta.dirname, '..', 'package-lock.json');

/** Names as in SPDX (https://spdx.org/licenses/). All allow use, change and passing on beside code under Apache-2.0. */
const FITTING: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MPL-2.0', // of its own files only: NOTICE names who is under it
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
]);

/** What packages say otherwise, or in another place; each looked up in the package itself. */
const SAID_ELSEWHERE: Readonly<Record<string, string>> = {
  '@open-rpc/spec-types': 'Apache-2.0', // says nothing; made of @open-rpc/spec, which does
  busboy: 'MIT',
  'combine-errors': 'MIT', // in its Readme
  compact2string: 'MIT',
  limiter: 'MIT',
  streamsearch: 'MIT',
};
const SPELT: Readonly<Record<string, string>> = { 'MPL 2.0': 'MPL-2.0' };

export type Licensed = {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** For tests and tools only: no part of a running library. */
  readonly isForDevelopment: boolean;
};

type Locked = { readonly version?: string; readonly license?: string; readonly dev?: boolean };

export function lockedLicences(): readonly Licensed[] {
  const { packages } = JSON.parse(readFileSync(LOCK, 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, { version = '', license = 'none', dev = false }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const licence = SAID_ELSEWHERE[name] ?? SPELT[license] ?? license;
      return { name, version, licence, isForDevelopment: dev };
    });
}

/** @param licence - an expression of SPDX: names joined by OR and AND, one level of brackets. */
export function isFitting(licence: string): boolean {
  const choices = licence.replaceAll(/[()]/g, '').split(' OR ');
  return choices.some((choice) => choice.split(' AND ').every((name) => FITTING.has(name)));
}
