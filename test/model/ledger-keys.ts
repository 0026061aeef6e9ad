/** Which keys are points of Ed25519 that anybody should trust, and whether one has signed (RFC 8032), for the model. */
import { createPublicKey, verify } from 'node:crypto';
import { sha256 } from './ledger-encoding.ts';

const P = 2n ** 255n - 19n;
const D = mod(-121665n * power(121666n, P - 2n));

/** Keys that have been looked at: it takes a millisecond. */
const known = new Map<string, boolean>();

/** A canonical encoding of a point of the curve (section 5.1.3) that eight times itself is not nothing. */
export function isAcceptableKey(key: string): boolean {
  const before = known.get(key);
  if (before !== undefined) return before;
  const acceptable = isPointOfLargeOrder(key);
  known.set(key, acceptable);
  return acceptable;
}

function isPointOfLargeOrder(key: string): boolean {
  const little = BigInt(`0x${Buffer.from(key, 'hex').reverse().toString('hex')}`);
  const y = little & (2n ** 255n - 1n); // the highest bit says which of two roots x is: both are points
  if (y >= P) return false;
  // x² = (y² − 1) / (d·y² + 1)
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  if (square === 0n) return false; // x = 0: y is 1 or −1, of order 1 or 2
  if (power(square, (P - 1n) / 2n) !== 1n) return false; // no root: not on the curve
  let point: Point = { x2: square, y };
  for (let doubling = 0; doubling < 3; doubling++) {
    point = double(point);
    if (point.x2 === 0n) return false; // of order 1 or 2: that of the key is 8 at most
  }
  return true;
}

/** A point but for the sign of x, which decides about no order. */
type Point = { readonly x2: bigint; readonly y: bigint };

/** x' = 2xy / (1 + d·x²y²), y' = (y² + x²) / (1 − d·x²y²): the sum of a point with itself (a = −1). */
function double({ x2, y }: Point): Point {
  const y2 = mod(y * y);
  const t = mod(D * x2 * y2);
  const over = power(1n + t, P - 2n);
  const under = power(1n - t, P - 2n);
  return { x2: mod(4n * x2 * y2 * over * over), y: mod((y2 + x2) * under) };
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = mod(base), rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

/** The SubjectPublicKeyInfo of RFC 8410 is this and the 32 bytes of the key. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** Has this key signed the SHA-256 of this text? */
export function hasSigned(key: string, text: string, signature: string): boolean {
  const der = Buffer.concat([SPKI, Buffer.from(key, 'hex')]);
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, Buffer.from(sha256(text), 'hex'), publicKey, Buffer.from(signature, 'hex'));
}
