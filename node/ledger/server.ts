/** Answers what other members ask of the chain: a block, a range of final blocks with their certificates, our head. */
import { type Bytes, isBytes } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import { HASH_BYTES, type Hash32 } from '../../core/scalars.ts';
import { BLOCK_PROTOCOL, HEAD_PROTOCOL, RANGE_PROTOCOL } from '../peers/protocol-names.ts';
import type { Ledger } from './ledger.ts';
import { decodeRangeRequest, encodeHead, encodePruned, encodeRange, type RangeEntry } from './messages.ts';

type Ports = { readonly ledger: Ledger };

const NOTHING = new Uint8Array(0);
/** What the frame of an answer needs beside the blocks in it. */
const RANGE_BYTES_MAX = limits.frameBytesMax - 64 * 1_024;

export class Responder {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** @returns the answer; empty when we have nothing. @throws Fault("network.unreachable") for a request that is none. */
  answer(protocol: string, request: Bytes): Bytes {
    const { ledger } = this.#ports;
    switch (protocol) {
      case BLOCK_PROTOCOL:
        return isBytes(request, HASH_BYTES) ? this.#block(request) : refuse();
      case RANGE_PROTOCOL: {
        const range = decodeRangeRequest(request);
        if (range.kind !== 'accept') return refuse();
        const base = ledger.blocks.base();
        return range.value.from < base
          ? encodePruned(base)
          : encodeRange(this.#range(range.value.from, range.value.count));
      }
      case HEAD_PROTOCOL: {
        const { header, hash } = ledger.head();
        return encodeHead({ height: header.height, hash });
      }
      default:
        return refuse();
    }
  }

  #block(hash: Hash32): Bytes {
    const { ledger } = this.#ports;
    return ledger.executed(hash)?.bytes ?? ledger.blocks.bodyBytes(hash) ?? NOTHING;
  }

  /** As many blocks as one frame holds; at least one, so that whoever asks moves on. */
  #range(from: number, count: number): readonly RangeEntry[] {
    const { ledger } = this.#ports;
    const entries: RangeEntry[] = [];
    const to = Math.min(from + count - 1, ledger.head().header.height);
    let bytes = 0;
    for (let height = from; height <= to; height++) {
      const row = ledger.blocks.at(height);
      const block = row && ledger.blocks.bodyBytes(row.hash);
      if (row === undefined || block === undefined) break;
      bytes += block.length + (row.certificate?.length ?? 0);
      if (entries.length > 0 && bytes > RANGE_BYTES_MAX) break;
      entries.push({ block, certificate: row.certificate });
    }
    return entries;
  }
}

function refuse(): never {
  throw new Fault('network.unreachable', 'not a request that this node knows');
}
