/**
 * What stands between a faulty node and the world. The node itself is honest code; its disguise changes what it says
 * and what it hears. It has the key of its node and no other.
 */
import { type BlockPlace, buildBlock } from '../../../chain/block/execute.ts';
import { decodeMessage, encodeMessage, type Message } from '../../../consensus/messages.ts';
import { statementHash, type UnsignedStatement } from '../../../consensus/statements.ts';
import { type Bytes, equalBytes } from '../../../core/bytes.ts';
import type { MemberAddress, Network, NetworkHandlers, PeerKey } from '../../../core/ports.ts';
import { decodeFrame, encodeFrame } from '../../../node/engine/frames.ts';
import type { SimNode } from '../node.ts';

export type Pass = (to: PeerKey, bytes: Bytes) => void;
export type Answer = (protocol: string, from: PeerKey, bytes: Bytes) => Promise<Bytes>;

/** Hands everything on; an adversary overrides what it does otherwise. */
export class Disguise implements Network {
  readonly inner: Network;
  readonly node: SimNode;

  constructor(inner: Network, node: SimNode) {
    this.inner = inner;
    this.node = node;
  }

  handle(handlers: NetworkHandlers): void {
    this.inner.handle({
      ...handlers,
      frame: (from, bytes) => this.hear(from, bytes, (bytes) => handlers.frame(from, bytes)),
      request: (protocol, from, bytes) =>
        this.answer(protocol, from, bytes, (protocol, from, bytes) =>
          handlers.request(protocol, from, bytes),
        ),
    });
  }

  start(): Promise<void> {
    return this.inner.start();
  }
  stop(): Promise<void> {
    return this.inner.stop();
  }
  send(to: PeerKey, bytes: Bytes): void {
    this.inner.send(to, bytes);
  }
  publish(topic: string, bytes: Bytes): void {
    this.inner.publish(topic, bytes);
  }
  request(to: PeerKey, protocol: string, bytes: Bytes): Promise<Bytes> {
    return this.inner.request(to, protocol, bytes);
  }
  peers(): readonly PeerKey[] {
    return this.inner.peers();
  }
  setMembers(members: readonly MemberAddress[]): void {
    this.inner.setMembers(members);
  }

  hear(_from: PeerKey, bytes: Bytes, pass: (bytes: Bytes) => void): void {
    pass(bytes);
  }
  answer(protocol: string, from: PeerKey, bytes: Bytes, pass: Answer): Promise<Bytes> {
    return pass(protocol, from, bytes);
  }

  /** The message of a frame of consensus. */
  protected read(frame: Bytes): Message | undefined {
    const decoded = decodeFrame(frame);
    if (decoded?.kind !== 'consensus') return undefined;
    const message = decodeMessage(decoded.bytes);
    return message.kind === 'accept' ? message.value : undefined;
  }

  /** A statement of this node, signed: `like` gives epoch and signer. */
  protected sign(claim: UnsignedStatement, like: { readonly epoch: number; readonly signer: number }): Bytes {
    const { chainId } = this.node.replica!.ledger;
    const { epoch, signer } = like;
    const hash = statementHash({ chainId, epoch }, claim);
    const signature = this.node.signatures.sign(this.node.key, hash);
    return encodeFrame('consensus', encodeMessage({ ...claim, epoch, signer, signature } as Message));
  }

  /** A valid block without transactions on that parent. */
  protected emptyBlock(parentHash: Bytes, place: BlockPlace) {
    const parent = this.node.replica?.ledger.stateOf(parentHash);
    return parent && buildBlock(parent, [], place).executed;
  }

  protected isOwn(key: PeerKey): boolean {
    return equalBytes(key, this.node.key);
  }
}
