/**
 * A run: headers, each the parent of the next, and the certificate of the last, which makes all of them final.
 * The one check of finality outside of consensus itself: synchronisation and light proofs both come through here.
 */
import { type Header, headerHash } from '../chain/block/block.ts';
import { RULES_VERSION } from '../chain/block/version.ts';
import { verifyFinalization } from '../consensus/certificate.ts';
import type { Finalization } from '../consensus/messages.ts';
import { equalBytes } from '../core/bytes.ts';
import type { Hash32 } from '../core/scalars.ts';
import { accept, ignore, reject, type Verdict } from '../core/verdict.ts';
import { committeeAfter, type Trusted, type VerifySignature } from './trusted.ts';

export type Run = { readonly headers: readonly Header[]; readonly finalization: Finalization };

type Placed = { readonly header: Header; readonly hash: Hash32 };

/**
 * Are these final, given the trusted header? They belong to the epoch of its children, so that the set is known;
 * between it and the first of them there may be others that nobody needs to see. Cheap checks come first.
 * @returns the hashes of the headers, or reject("block.wrong-header" | "block.wrong-parent" | "block.wrong-time"
 * | "consensus.…" | "codec.wrong-shape"), or ignore("block.unknown-version"): this program is too old to judge.
 */
export function verifyRun(trusted: Trusted, run: Run, verify: VerifySignature): Verdict<readonly Hash32[]> {
  const committee = committeeAfter(trusted, verify);
  const hashes: Hash32[] = [];
  let before: Placed = trusted;
  for (const header of run.headers) {
    if (header.version < before.header.version) return reject('block.wrong-header', 'version');
    if (header.version > RULES_VERSION) return ignore('block.unknown-version');
    if (!equalBytes(header.chainId, committee.chainId)) return reject('block.wrong-header', 'chainId');
    if (header.epoch !== committee.epoch) return reject('block.wrong-header', 'epoch');
    if (!equalBytes(header.authoritiesHash, trusted.header.nextAuthoritiesHash)) {
      return reject('block.wrong-header', 'authoritiesHash');
    }
    const linked = checkLink(before, header, before === trusted);
    if (linked.kind !== 'accept') return linked;
    before = { header, hash: headerHash(header) };
    hashes.push(before.hash);
  }
  if (before === trusted) return reject('block.wrong-header', 'no header');
  if (!equalBytes(before.hash, run.finalization.hash)) {
    return reject('block.wrong-parent', 'the certificate is of another block');
  }
  const certified = verifyFinalization(committee, run.finalization);
  return certified.kind === 'accept' ? accept(hashes) : certified;
}

/** @param gap - may there be blocks between the two? */
function checkLink(before: Placed, header: Header, gap: boolean): Verdict {
  const distance = header.height - before.header.height;
  if (distance < 1 || (distance > 1 && !gap)) return reject('block.wrong-header', 'height');
  if (distance === 1 && !equalBytes(header.parentHash, before.hash)) return reject('block.wrong-parent');
  return header.time > before.header.time ? accept() : reject('block.wrong-time');
}
