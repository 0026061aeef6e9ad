/**
 * The genesis as a file: the copy that a home keeps, and those that an operator names. Every text may be laid out in its
 * own way, so that two files are the same when their chains are, whatever their bytes.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { chainIdOf, type Genesis, genesisToJson } from '../../chain/block/genesis.ts';
import { parseGenesis } from '../../chain/block/genesis-json.ts';
import { toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { parseJson, readIfThere, writing } from './text-file.ts';

/** @throws Fault("config.invalid") that names the file, and the field in it. */
export function readGenesis(path: string): Genesis {
  const text = readIfThere(path);
  if (text === undefined) throw new Fault('config.invalid', `there is no genesis at ${path}`);
  const genesis = parseGenesis(parseJson(text, path));
  if (genesis.kind === 'accept') return genesis.value;
  const why = genesis.kind === 'reject' ? genesis.detail : undefined;
  throw new Fault('config.invalid', `the genesis at ${path} is not valid: ${why ?? genesis.code}`);
}

/** The copy of a home, which is never written again. @throws Fault("config.invalid") with what to do when it is damaged. */
export function readKeptGenesis(path: string): Genesis {
  if (!existsSync(path)) return readGenesis(path);
  try {
    return readGenesis(path);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const message = `${error.message}; every library of the federation has the same: put a copy of theirs there`;
    throw new Fault(error.code, message, { cause: error.cause });
  }
}

/** A power cut in the first start leaves none, and not half of one. */
export function keepGenesis(path: string, genesis: Genesis): void {
  const partial = `${path}.partial`;
  writing(partial, () => {
    writeFileSync(partial, genesisText(genesis), { flush: true });
    renameSync(partial, path);
  });
}

export function genesisText(genesis: Genesis): string {
  return `${JSON.stringify(genesisToJson(genesis), null, 2)}\n`;
}

/**
 * @param path - of this genesis. @param whose - what `chainId` (hex) stands in.
 * @throws Fault("config.invalid") when it is of another chain.
 */
export function refuseAnotherChain(genesis: Genesis, path: string, whose: string, chainId: string): void {
  const other = toHex(chainIdOf(genesis));
  if (other === chainId) return;
  throw new Fault(
    'config.invalid',
    `${whose} belongs to chain ${chainId}, the genesis at ${path} makes ${other}`,
  );
}
