/**
 * Says one thing to some and another to the others: two proposals in a view it leads, both with its vote, and
 * Nullify here where it says Finalize there. It changes its mind about who is who in every view.
 */
import type { Executed } from '../../../chain/block/execute.ts';
import type { Message, Proposal } from '../../../consensus/messages.ts';
import { type Bytes, toHex } from '../../../core/bytes.ts';
import type { PeerKey } from '../../../core/ports.ts';
import { encodeFrame } from '../../../node/engine/frames.ts';
import { BLOCK_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import { type Answer, Disguise } from './disguise.ts';

type View = { readonly others: ReadonlySet<string>; second: Executed | undefined };
const VIEWS_KEPT = 50;

export class Equivocator extends Disguise {
  readonly #views = new Map<string, View>();
  readonly #bodies = new Map<string, Bytes>();

  override send(to: PeerKey, frame: Bytes): void {
    const message = this.read(frame);
    const other = message === undefined ? undefined : this.#otherwise(message, to);
    for (const twin of other ?? []) super.send(to, twin);
    // Some get to see both.
    if (other === undefined || this.node.random.chance(0.2)) super.send(to, frame);
  }

  override async answer(protocol: string, from: PeerKey, bytes: Bytes, pass: Answer): Promise<Bytes> {
    const body = protocol === BLOCK_PROTOCOL ? this.#bodies.get(toHex(bytes)) : undefined;
    return body ?? pass(protocol, from, bytes);
  }

  /** @returns what `to` gets instead. */
  #otherwise(message: Message, to: PeerKey): readonly Bytes[] | undefined {
    if (!('signer' in message)) return undefined;
    const view = this.#viewOf(message.epoch, message.view);
    if (!view.others.has(toHex(to))) return undefined;
    switch (message.kind) {
      case 'proposal':
        return this.#secondProposal(view, message);
      case 'notarize': {
        const second = view.second;
        if (second === undefined) return undefined;
        return [this.sign({ ...message, block: { ...message.block, hash: second.hash } }, message)];
      }
      case 'finalize':
        return [this.sign({ kind: 'nullify', view: message.view }, message)];
      case 'nullify':
        return undefined;
    }
  }

  #secondProposal(view: View, proposal: Proposal): readonly Bytes[] | undefined {
    const { block, view: number } = proposal;
    const time = (this.node.replica?.ledger.stateOf(block.parentHash)?.header.time ?? 0) + 1;
    view.second ??= this.emptyBlock(block.parentHash, { view: number, time, proposer: this.node.key });
    const { second } = view;
    if (second === undefined || toHex(second.hash) === toHex(block.hash)) return undefined;
    this.node.coverage.count('equivocations');
    this.#bodies.set(toHex(second.hash), second.bytes);
    return [
      encodeFrame('body', second.bytes),
      this.sign({ ...proposal, block: { ...block, hash: second.hash } }, proposal),
    ];
  }

  #viewOf(epoch: number, number: number): View {
    const name = `${epoch}:${number}`;
    const known = this.#views.get(name);
    if (known !== undefined) return known;
    const others = new Set(
      this.peers()
        .filter(() => this.node.random.chance(0.5))
        .map(toHex),
    );
    const view: View = { others, second: undefined };
    this.#views.set(name, view);
    if (this.#views.size > VIEWS_KEPT) this.#views.delete(this.#views.keys().next().value!);
    return view;
  }
}
