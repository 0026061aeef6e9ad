/**
 * Has this node come to the block that its operator has named? Until then nobody knows whether its ledger is the one
 * that is meant: it is not ready, and tells nothing of it. Who shows another block there is named in the log, once.
 */
import { toHex } from '../../core/bytes.ts';
import type { Code } from '../../core/codes.ts';
import { limits } from '../../core/limits.ts';
import type { Log, PeerKey } from '../../core/ports.ts';
import type { Hash32, Height } from '../../core/scalars.ts';
import { type Checkpoint, contradicts } from '../../light/checkpoint.ts';

type Ports = {
  readonly checkpoint: Checkpoint | undefined;
  readonly log: Log;
  /** Of the head. */
  height(): Height;
  /** Of a member, for people. */
  nameOf(member: PeerKey): string;
};

export class CheckpointWatch {
  readonly #ports: Ports;
  /** Who has shown another block there, in hex. */
  readonly #said = new Set<string>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Where it leads to, as long as that is not here. */
  get ahead(): Checkpoint | undefined {
    const { checkpoint, height } = this.#ports;
    return checkpoint !== undefined && height() < checkpoint.height ? checkpoint : undefined;
  }

  /** @returns whether the member has another block there: then it is not followed. */
  isContradicted(member: PeerKey, height: Height, hash: Hash32): boolean {
    const { checkpoint, log, nameOf } = this.#ports;
    if (checkpoint === undefined || !contradicts(checkpoint, height, hash)) return false;
    const peer = toHex(member);
    if (this.#said.has(peer) || this.#said.size >= limits.membersMax) return true;
    this.#said.add(peer);
    const code: Code = 'block.other-chain';
    const [theirs, wanted] = [hash, checkpoint.hash].map(toHex);
    log.error(ELSEWHERE, { code, height, theirs, checkpoint: wanted, name: nameOf(member), peer });
    return true;
  }
}

const ELSEWHERE =
  'a member has another block at the height of --checkpoint. This library follows it nowhere, and is not ready before it has found the block of the checkpoint. Ask the person who gave you the checkpoint, and the operator of that member';
