/**
 * Plants a bug into the source of production code: a second copy of every module of this project is loaded, in which
 * a few characters stand otherwise. Copies are told apart by a query behind their address, which each hands on to what
 * it imports. A bug whose place is not found, or found twice, is an error: it must be planted anew when code moves.
 */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Simulation from '../simulation.ts';

export type Edit = {
  /** From the root of the project. */
  readonly file: string;
  /** Stands there once. */
  readonly from: string;
  readonly to: string;
};

const ROOT = join(import.meta.dirname, '..', '..', '..');
const HOME = `${pathToFileURL(ROOT).href}/`;
const QUERY = '?planted=';
/** Not copied: by the class of a fault copies that meet in one world must know each other's. */
const SHARED = `${HOME}core/fault.ts`;
const planted: (readonly Edit[])[] = [];

/** @returns the simulation of a house in which this stands. @throws when a place is not found exactly once. */
export async function plant(edits: readonly Edit[]): Promise<typeof Simulation> {
  return plantUnder<typeof Simulation>('test/sim/simulation.ts', edits);
}

/** @param entry - the module to load, from the root of the project. @throws as `plant`. */
export async function plantUnder<T>(entry: string, edits: readonly Edit[]): Promise<T> {
  for (const { file, from } of edits) {
    const found = readFileSync(join(ROOT, file), 'utf8').split(from).length - 1;
    if (found !== 1) throw new Error(`${file} has ${found} places that read: ${from}`);
  }
  if (planted.length === 0) registerHooks({ resolve, load });
  planted.push(edits);
  const address = `${HOME}${entry}${QUERY}${planted.length - 1}`;
  return (await import(address)) as T;
}

const resolve: Parameters<typeof registerHooks>[0]['resolve'] = (specifier, context, next) => {
  const resolved = next(specifier, context);
  const [, number] = context.parentURL?.split(QUERY) ?? [];
  const isOurs = resolved.url.startsWith(HOME) && !resolved.url.includes('/node_modules/');
  return number !== undefined && isOurs && resolved.url !== SHARED
    ? { ...resolved, url: `${resolved.url}${QUERY}${number}` }
    : resolved;
};

const load: Parameters<typeof registerHooks>[0]['load'] = (url, context, next) => {
  const loaded = next(url, context);
  const [address = '', number] = url.split(QUERY);
  if (number === undefined) return loaded;
  const edits = planted[Number(number)]!.filter(({ file }) => address === HOME + file);
  if (edits.length === 0) return loaded;
  let source = Buffer.from(loaded.source as Uint8Array).toString('utf8');
  for (const { from, to } of edits) source = source.replace(from, () => to);
  return { ...loaded, source };
};
