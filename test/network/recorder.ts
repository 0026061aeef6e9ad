/** Handlers that write down what they are told, and let a test wait for it. */
import type { Bytes } from '../../core/bytes.ts';
import { fromUtf8, toHex } from '../../core/bytes.ts';
import type { LogData, Network, NetworkHandlers, PeerKey } from '../../core/ports.ts';
import { accept, type Verdict } from '../../core/verdict.ts';

export type Recorder = NetworkHandlers & {
  /** "frame <from> <text>", "gossip <topic> <text>", "connected <key>", … in order; keys by their first 4 digits. */
  readonly events: string[];
  /** Resolves once `fact` holds; it is asked again after every event. */
  until(fact: () => boolean): Promise<void>;
  /** What is answered; replace them in a test. */
  verdict: (topic: string, from: PeerKey, bytes: Bytes) => Verdict | Promise<Verdict>;
  answer: (protocol: string, from: PeerKey, bytes: Bytes) => Promise<Bytes>;
};

export function createRecorder(): Recorder {
  const waiting = new Set<() => void>();
  const recorder: Recorder = {
    events: [],
    verdict: () => accept(),
    answer: async (_protocol, _from, bytes) => bytes,
    frame: (from, bytes) => note(`frame ${short(from)} ${textOf(bytes)}`),
    gossip(topic, from, bytes) {
      note(`gossip ${topic} ${textOf(bytes)}`);
      return recorder.verdict(topic, from, bytes);
    },
    request: (protocol, from, bytes) => recorder.answer(protocol, from, bytes),
    connected: (peer) => note(`connected ${short(peer)}`),
    disconnected: (peer) => note(`disconnected ${short(peer)}`),
    until(fact) {
      if (fact()) return Promise.resolve();
      return new Promise((resolve) => {
        const check = (): void => {
          if (!fact()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
      });
    },
  };
  return recorder;

  function note(event: string): void {
    recorder.events.push(event);
    for (const check of [...waiting]) check();
  }
}

export function short(key: PeerKey): string {
  return toHex(key).slice(0, 4);
}

/** Long or binary messages by their length. */
function textOf(bytes: Bytes): string {
  return bytes.length > 100 ? `${bytes.length} bytes` : (fromUtf8(bytes) ?? toHex(bytes));
}

/** A log that nobody reads. */
export const silent = {
  debug: (_message: string, _data?: LogData) => {},
  info: (_message: string, _data?: LogData) => {},
  warn: (_message: string, _data?: LogData) => {},
  error: (_message: string, _data?: LogData) => {},
};

export type Peer = { readonly key: PeerKey; readonly network: Network; readonly heard: Recorder };

/** Waits until every one of them is connected to every other. */
export async function meshed(peers: readonly Peer[]): Promise<void> {
  await Promise.all(
    peers.map(({ network, heard }) => heard.until(() => network.peers().length === peers.length - 1)),
  );
}
