/**
 * The messages as DAG-CBOR maps, one exact key set a kind. Strict: unknown keys, wrong lengths and
 * numbers that are not whole are refused here, so that nothing behind this file checks a shape again.
 * What a field means, and whether a signature holds, is not this file's business.
 */
import { type Bytes, isBytes } from '../core/bytes.ts';
import { type Encodable, hasExactly } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import { HASH_BYTES, parseCount, SIGNATURE_BYTES } from '../core/scalars.ts';
import type { BlockRef } from './block-ref.ts';

const OFFER = ['epoch', 'view', 'parentView', 'hash', 'parentHash', 'height'] as const;
const SIGNED = ['signer', 'signature'] as const;
const CERTIFIED = ['signers', 'signatures'] as const;

/** The exact fields of each kind, beside `kind` itself. */
const FIELDS: { readonly [kind: string]: readonly string[] } = {
  proposal: [...OFFER, ...SIGNED],
  notarize: [...OFFER, ...SIGNED],
  nullify: ['epoch', 'view', ...SIGNED],
  finalize: ['epoch', 'view', 'hash', ...SIGNED],
  notarization: [...OFFER, ...CERTIFIED],
  nullification: ['epoch', 'view', ...CERTIFIED],
  finalization: ['epoch', 'view', 'hash', ...CERTIFIED],
  request: ['epoch', 'firstView', 'lastView'],
};

/** What each field must look like, whatever the kind. Views start at 1; only `parentView` may be 0, the root. */
const RULES: { readonly [field: string]: (value: unknown) => boolean } = {
  epoch: isCount,
  view: isView,
  parentView: isCount,
  hash: isHash,
  parentHash: isHash,
  height: isView,
  signer: (value) => isCount(value) && Number(value) < limits.authoritiesMax,
  signature: isSignature,
  signers: (value) => value instanceof Uint8Array && value.length <= Math.ceil(limits.authoritiesMax / 8),
  signatures: (value) =>
    Array.isArray(value) && value.length <= limits.authoritiesMax && value.every(isSignature),
  firstView: isView,
  lastView: isView,
};

/** The flat map that goes on the wire: the block's three fields stand beside the others. */
export function toWire(message: { readonly [field: string]: Encodable }): Encodable {
  if (!hasBlock(message)) return message;
  const { block, ...rest } = message;
  return { ...rest, hash: block.hash, parentHash: block.parentHash, height: block.height };
}

/** @returns undefined for any other shape than exactly one of the kinds; otherwise a message (messages.ts). */
export function fromWire(value: unknown): { readonly kind: string } | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
  const kind = value.kind;
  if (typeof kind !== 'string' || !Object.hasOwn(FIELDS, kind)) return undefined;
  const fields = FIELDS[kind]!;
  if (!hasExactly(value, ['kind', ...fields])) return undefined;
  const map: { readonly [field: string]: unknown } = value;
  if (!fields.every((field) => RULES[field]!(map[field]))) return undefined;
  if (!fields.includes('parentHash')) return { ...map, kind };
  const { hash, parentHash, height, ...rest } = map;
  if (Number(rest.parentView) >= Number(rest.view)) return undefined;
  const block = { hash, parentHash, height };
  return { ...rest, kind, ...{ block } };
}

function hasBlock(message: { readonly block?: Encodable }): message is { readonly block: BlockRef } {
  return message.block !== undefined;
}

function isCount(value: unknown): boolean {
  return parseCount(value) !== undefined;
}
function isView(value: unknown): boolean {
  return isCount(value) && value !== 0;
}
function isHash(value: unknown): value is Bytes {
  return isBytes(value, HASH_BYTES);
}
function isSignature(value: unknown): value is Bytes {
  return isBytes(value, SIGNATURE_BYTES);
}
