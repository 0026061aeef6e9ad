/**
 * Is a proposed block valid here? Gets the body, waits for its parent and for its time, has the signatures
 * checked and executes it. "Not known yet" is no verdict: then there is none, and consensus goes on without.
 */
import type { Executed } from '../chain/execute.ts';
import { equalBytes, toHex } from '../core/bytes.ts';
import type { Code } from '../core/codes.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log, PeerKey } from '../core/ports.ts';
import type { Hash32, Height } from '../core/scalars.ts';
import type { Bodies, Body } from './bodies.ts';
import type { Breathe, Ledger } from './ledger.ts';
import type { TransactionChecker } from './transaction-checker.ts';

export type Judgement = { readonly valid: false } | { readonly valid: true; readonly executed: Executed };

/** What consensus says of a block. */
type Wanted = { readonly hash: Hash32; readonly height: Height };

type Ports = {
  readonly ledger: Ledger;
  readonly bodies: Bodies;
  readonly checker: TransactionChecker;
  readonly clock: Clock;
  readonly log: Log;
  readonly breathe: Breathe;
};

export class Validator {
  readonly #ports: Ports;
  /** One judgement per block at a time, whoever asks. */
  readonly #running = new Map<string, Promise<Judgement | undefined>>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** @param from - who must have the body. @returns undefined when data is missing: no verdict. */
  judge(block: Wanted, from: PeerKey): Promise<Judgement | undefined> {
    const name = toHex(block.hash);
    const running = this.#running.get(name);
    if (running !== undefined) return running;
    const judgement = this.#judge(block, from).finally(() => this.#running.delete(name));
    this.#running.set(name, judgement);
    return judgement;
  }

  async #judge({ hash, height }: Wanted, from: PeerKey): Promise<Judgement | undefined> {
    const { ledger, bodies, checker, clock, log, breathe } = this.#ports;
    const known = ledger.executed(hash);
    if (known !== undefined) return { valid: true, executed: known };
    if (height <= ledger.head().header.height) return undefined; // decided already, for it or against it
    const body = await bodies.obtain(hash, from);
    if (body === undefined || !(await this.#parentIsHere(body, from))) return undefined;
    const aheadMs = body.block.header.time - clock.now();
    if (aheadMs > limits.proposalAheadMsMax) {
      // One of two clocks is wrong, and it may be ours: no vote, but no judgement for ever either.
      log.warn('block from the future', { height, aheadMs });
      return undefined;
    }
    if (aheadMs > 0) await new Promise<void>((resolve) => clock.after(aheadMs, resolve)); // held, not refused
    const transactions = await checker.checkAll(body.block.transactions);
    if (transactions.kind !== 'accept') return this.#refuse(body, transactions.code);
    const again = ledger.executed(hash);
    if (again !== undefined) return { valid: true, executed: again };
    const verdict = await ledger.executeSlowly(body.block, transactions.value, breathe);
    if (verdict === undefined) return undefined; // lost against another block
    if (verdict.kind === 'ignore') return undefined; // a newer version of this program may know
    if (verdict.kind === 'reject') return this.#refuse(body, verdict.code);
    log.debug('block executed', { height: body.block.header.height });
    return { valid: true, executed: verdict.value };
  }

  #refuse(body: Body, code: Code): Judgement {
    this.#ports.log.warn('block refused', { height: body.block.header.height, hash: toHex(body.hash), code });
    return { valid: false };
  }

  /** A parent that is not executed yet is judged first, down to the head and no further. */
  async #parentIsHere(body: Body, from: PeerKey): Promise<boolean> {
    const { ledger } = this.#ports;
    const { parentHash, height } = body.block.header;
    if (ledger.stateOf(parentHash) !== undefined) return true;
    const above = height - ledger.head().header.height;
    if (above <= 1 || above > limits.viewsAheadMax || equalBytes(parentHash, body.hash)) return false;
    const parent = await this.judge({ hash: parentHash, height: height - 1 }, from);
    return parent?.valid === true && ledger.stateOf(parentHash) !== undefined;
  }
}
