/** Nodes that say hello to each other over a clock that a test moves: each with its log, over lines that a test draws. */
import { utf8 } from '../../../../core/bytes.ts';
import { createSigner } from '../../../../core/crypto-node.ts';
import { Fault } from '../../../../core/fault.ts';
import { sha256 } from '../../../../core/hash.ts';
import type { PeerKey } from '../../../../core/ports.ts';
import { verifyHash } from '../../../../core/sign.ts';
import { Greeter } from '../../../../node/peers/hello/greeter.ts';
import { systemRandom } from '../../../../node/process/system.ts';
import { keyOf, seedOf } from '../../../chain/world.ts';
import { movingClock } from '../../moving-clock.ts';
import { quiet } from '../../replicas.ts';

export const CHAIN = sha256(utf8('chain'));
export const OTHER_CHAIN = sha256(utf8('other chain'));

export type GreetingNode = {
  readonly greeter: Greeter;
  readonly log: string[];
  readonly parted: PeerKey[];
  readonly refused: string[];
  readonly heard: { readonly height: number; readonly roundTripMs: number | undefined }[];
  twins: number;
  peers: { readonly key: PeerKey; ask(from: PeerKey, bytes: Uint8Array): Promise<Uint8Array> }[];
};

export class Greeters {
  readonly clock = movingClock();
  readonly #running: Greeter[] = [];
  #uptimeMs = 0;

  nodeOf(name: string, chainId = CHAIN): GreetingNode {
    const node: GreetingNode = {
      ...{ greeter: undefined!, log: [], parted: [], refused: [], heard: [] },
      ...{ twins: 0, peers: [] },
    };
    const greeter = new Greeter({
      network: {
        peers: () => node.peers.map(({ key }) => key),
        request: async (to, _, bytes) => {
          const peer = node.peers.find(({ key }) => key === to);
          if (peer === undefined) throw new Fault('network.unreachable', 'gone');
          return peer.ask(keyOf(name), bytes);
        },
      },
      clock: this.clock,
      uptimeMs: () => this.#uptimeMs,
      random: systemRandom,
      log: { ...quiet, error: (message) => void node.log.push(message) },
      identity: { publicKey: keyOf(name), sign: createSigner(seedOf(name)) },
      verify: verifyHash,
      chainId,
      height: () => 0,
      rules: 1,
      program: '0.1.0',
      twin: () => {
        node.twins += 1;
      },
      part: (peer) => void node.parted.push(peer),
      heard: (_, height, roundTripMs) => void node.heard.push({ height, roundTripMs }),
      refused: (code) => void node.refused.push(code),
    });
    this.#running.push(greeter);
    greeter.start();
    return Object.assign(node, { greeter });
  }

  /** @param name - by which the one dials the other. @param lost - so many requests over this line fail first. */
  connect(from: GreetingNode, name: string, to: GreetingNode, lost = 0): PeerKey {
    const key = keyOf(name);
    let left = lost;
    from.peers.push({
      key,
      async ask(asker, bytes) {
        if (left-- > 0) throw new Fault('network.unreachable', 'lost');
        return to.greeter.answer(asker, bytes);
      },
    });
    from.greeter.connected(key);
    return key;
  }

  /** Second by second, so that what is asked is answered in between. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      this.#uptimeMs += 1_000;
      this.clock.pass(1_000);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
  }

  stop(): void {
    for (const greeter of this.#running.splice(0)) greeter.stop();
  }
}
