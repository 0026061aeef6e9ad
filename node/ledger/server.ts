/** Answers what other members ask of the chain: a block, a range of final blocks with their certificates, our head. */
import { type Bytes, isBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { HASH_BYTES, type Hash32, type Height } from '../../core/scalars.ts';
import { orRefuse, type RequestHandler, refuse } from '../peers/protocol.ts';
import { BLOCK_PROTOCOL, HEAD_PROTOCOL, RANGE_PROTOCOL } from '../peers/protocol-names.ts';
import type { Ledger } from './ledger.ts';
import { decodeRangeRequest, encodeHead, encodePruned, encodeRange, type RangeEntry } from './messages.ts';

const NOTHING = new Uint8Array(0);
/** What the frame of an answer needs beside the blocks in it. */
const RANGE_BYTES_MAX = limits.frameBytesMax - 64 * 1_024;

/** What members ask of the chain that this ledger holds; an empty answer: we have nothing. */
export function serveChain(ledger: Ledger): readonly RequestHandler[] {
  const costBytes = limits.answerCostBytes;
  return [
    {
      ...{ request: BLOCK_PROTOCOL, costBytes },
      answer: (_, question) => (isBytes(question, HASH_BYTES) ? block(ledger, question) : refuse()),
    },
    {
      ...{ request: RANGE_PROTOCOL, costBytes },
      answer(_, question) {
        const { from, count } = orRefuse(decodeRangeRequest(question));
        const base = ledger.blocks.base();
        return from < base ? encodePruned(base) : encodeRange(range(ledger, from, count));
      },
    },
    {
      ...{ request: HEAD_PROTOCOL, costBytes },
      answer() {
        const { header, hash } = ledger.head();
        return encodeHead({ height: header.height, hash });
      },
    },
  ];
}

function block(ledger: Ledger, hash: Hash32): Bytes {
  return ledger.executed(hash)?.bytes ?? ledger.blocks.bodyBytes(hash) ?? NOTHING;
}

/** As many blocks as one frame holds; at least one, so that whoever asks moves on. */
function range(ledger: Ledger, from: Height, count: number): readonly RangeEntry[] {
  const entries: RangeEntry[] = [];
  const to = Math.min(from + count - 1, ledger.head().header.height);
  let bytes = 0;
  for (let height = from; height <= to; height++) {
    const row = ledger.blocks.at(height);
    const body = row && ledger.blocks.bodyBytes(row.hash);
    if (row === undefined || body === undefined) break;
    bytes += body.length + (row.certificate?.length ?? 0);
    if (entries.length > 0 && bytes > RANGE_BYTES_MAX) break;
    entries.push({ block: body, certificate: row.certificate });
  }
  return entries;
}
