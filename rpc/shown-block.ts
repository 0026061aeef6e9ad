/** A final block and its transactions as anybody may see them: of a kind that concerns readers id and kind, never the body. */
import type { Sent } from '../api/calls.ts';
import { isPrivate } from '../chain/kinds.ts';
import { decodeTransaction } from '../chain/transaction/transaction.ts';
import { assert } from '../core/assert.ts';
import { toBase64 } from '../core/base64.ts';
import { type Bytes, toHex } from '../core/bytes.ts';
import type { Hash32 } from '../core/scalars.ts';
import type { BlockHead } from './block-ports.ts';

export function shownHead({ header, headerBytes, hash, certificate }: BlockHead): Sent<'head'> {
  return {
    ...{ height: header.height, hash: toHex(hash), time: header.time, epoch: header.epoch },
    header: toBase64(headerBytes),
    certificate: certificate === undefined ? null : toBase64(certificate),
  };
}

/** @param version - of the rules of its block. */
export function shownTransaction(
  { id, bytes }: { readonly id: Hash32; readonly bytes: Bytes },
  version: number,
): Sent<'block'>['transactions'][number] {
  const decoded = decodeTransaction(bytes, version);
  assert(decoded.kind === 'accept', 'a final transaction decodes');
  const { kind } = decoded.value;
  return { id: toHex(id), kind, ...(!isPrivate(kind) && { body: toBase64(bytes) }) };
}
