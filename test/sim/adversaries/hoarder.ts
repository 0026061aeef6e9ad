/**
 * Says nothing that is false, but to one, or late, or not at all, as it likes in each view: its vote and the certificates
 * that it makes go to one authority alone, or come just before the others lose their patience; its proposal leaves one
 * of them out; and once a block of its own view is notarised, it gives that view up instead of making it final. What it
 * holds it gives nobody who asks.
 */
import type { Certificate, Message, Request, Statement } from '../../../consensus/messages.ts';
import { type Bytes, equalBytes, toHex } from '../../../core/bytes.ts';
import type { PeerKey } from '../../../core/ports.ts';
import { decodeFrame } from '../../../node/engine/frames.ts';
import { encodeRange } from '../../../node/ledger/messages.ts';
import { BLOCK_PROTOCOL, RANGE_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import { type Answer, Disguise } from './disguise.ts';

const WAYS = ['to one', 'late', 'not at all', 'against itself'] as const;
/** What it does in one view: how, and who hears of it; of its proposal that one hears nothing. */
type Mood = { readonly way: (typeof WAYS)[number]; readonly friend: PeerKey | undefined };
const MOODS_KEPT = 50;
/** So long before a timeout, as it is reckoned here. */
const LEAST_MS = 1;
const MOST_MS = 40;

export class Hoarder extends Disguise {
  readonly #moods = new Map<string, Mood>();

  override send(to: PeerKey, frame: Bytes): void {
    const message = this.read(frame);
    if (message === undefined) {
      // A body goes before its proposal, and to whom that goes: here nobody knows yet.
      if (decodeFrame(frame)?.kind !== 'body' || this.node.random.chance(0.5)) super.send(to, frame);
    } else if (message.kind !== 'request') this.#say(to, frame, message);
    else super.send(to, frame);
  }

  override async answer(protocol: string, from: PeerKey, bytes: Bytes, pass: Answer): Promise<Bytes> {
    if (protocol === BLOCK_PROTOCOL && this.node.random.chance(0.5)) return new Uint8Array(0);
    if (protocol === RANGE_PROTOCOL) return encodeRange([]);
    return pass(protocol, from, bytes);
  }

  #say(to: PeerKey, frame: Bytes, message: Exclude<Message, Request>): void {
    const { coverage } = this.node;
    const { way, friend } = this.#moodOf(message);
    const isFriend = friend !== undefined && equalBytes(to, friend);
    if (message.kind === 'proposal' && isFriend) coverage.count('hoarded: a proposal kept from one');
    else if (way === 'late') this.#later(to, frame, message);
    // To so many as make a quorum with it, and no more.
    else if (message.kind === 'proposal' || (way === 'to one' && isFriend)) super.send(to, frame);
    else if (way === 'to one') coverage.count('hoarded: told to one');
    else if (way === 'not at all') coverage.count('hoarded: not told');
    else if (message.kind === 'finalize') {
      coverage.count('hoarded: given up once notarised');
      super.send(to, this.sign({ kind: 'nullify', view: message.view }, message));
    } else if (message.kind !== 'finalization') super.send(to, frame);
  }

  /** In time, by a hair, for whoever entered the view when we did. */
  #later(to: PeerKey, frame: Bytes, { kind }: Statement | Certificate): void {
    const { schedule, random, coverage } = this.node;
    const status = this.node.replica?.engine.status();
    const timeoutMs = kind === 'proposal' ? status?.leaderTimeoutMs : status?.advanceTimeoutMs;
    coverage.count('hoarded: just in time');
    const delayMs = Math.max(0, (timeoutMs ?? 0) - random.between(LEAST_MS, MOST_MS));
    schedule.after(delayMs, () => this.node.up && super.send(to, frame));
  }

  #moodOf({ epoch, view }: Statement | Certificate): Mood {
    const name = `${epoch}:${view}`;
    const known = this.#moods.get(name);
    if (known !== undefined) return known;
    const { random } = this.node;
    const others = this.peers().toSorted((a, b) => (toHex(a) < toHex(b) ? -1 : 1));
    const friend = others.length === 0 ? undefined : random.pick(others);
    const mood = { way: random.pick(WAYS), friend };
    this.#moods.set(name, mood);
    if (this.#moods.size > MOODS_KEPT) this.#moods.delete(this.#moods.keys().next().value!);
    return mood;
  }
}
