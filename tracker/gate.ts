/**
 * The gate: may the holder of this pass enter this swarm now? It keeps nothing and asks the ledger every time.
 * Pure. "Why was my announce refused?" ends here: each refusal is one code of core/codes.ts.
 */
import type { Address } from '../core/address.ts';
import { equalBytes } from '../core/bytes.ts';
import type { InfoHash20, UnixMs } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { SwarmRole } from '../torrent/peers.ts';
import { isOver, type Pass } from './pass/pass.ts';
import type { Rights } from './ports.ts';

/**
 * What the pass is worth now, whatever the swarm:
 * `reader` bought or uploaded the available file; `intake` uploads what is not available yet, is shown to nobody and is
 * only read from; `member` is the archive of a library. What is brought to this library nobody else lets in: another member
 * that makes passes for the key would say where its peers are.
 * @returns reject("pass.expired" | "pass.forged" | "file.taken-down" | "right.missing" | "pass.other-library").
 */
export function admit(rights: Rights, pass: Pass, now: UnixMs): Verdict<SwarmRole> {
  if (isOver(pass.expires, now)) return reject('pass.expired');
  if (!rights.isMember(pass.issuer)) return reject('pass.forged');
  const right = rights.right(pass.subject, pass.file);
  if (right !== 'member' && rights.takenDown(pass.file)) return reject('file.taken-down');
  if (right === 'intake' && !rights.isSelf(pass.issuer)) return reject('pass.other-library');
  return right === 'none' ? reject('right.missing') : accept(right);
}

/**
 * As `admit`, for who asks from this address: a member is one only at an address of its own.
 * @returns also reject("member.elsewhere").
 */
export function admitFrom(rights: Rights, pass: Pass, from: Address, now: UnixMs): Verdict<SwarmRole> {
  const admitted = admit(rights, pass, now);
  const isElsewhere =
    admitted.kind === 'accept' && admitted.value === 'member' && !rights.memberAt(pass.subject, from);
  return isElsewhere ? reject('member.elsewhere') : admitted;
}

/**
 * As `admitFrom`, and the info hash must be one of the file's.
 * @returns also reject("pass.other-file").
 */
export function decide(
  rights: Rights,
  pass: Pass,
  infoHash: InfoHash20,
  from: Address,
  now: UnixMs,
): Verdict<SwarmRole> {
  const admitted = admitFrom(rights, pass, from, now);
  if (admitted.kind !== 'accept') return admitted;
  for (const known of rights.infoHashes(pass.file, pass.subject)) {
    if (equalBytes(known, infoHash)) return admitted;
  }
  return reject('pass.other-file');
}
