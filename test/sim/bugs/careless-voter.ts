/** Planted bugs in what a node says and believes. */
import { encodeRecord } from '../../../consensus/journal-record.ts';
import {
  encodeMessage,
  type Finalization,
  type Finalize,
  type Notarization,
} from '../../../consensus/messages.ts';
import { statementHash } from '../../../consensus/statements.ts';
import { type Bytes, concat, toHex } from '../../../core/bytes.ts';
import type { Network, PeerKey, Store } from '../../../core/ports.ts';
import { encodeFrame } from '../../../node/engine/frames.ts';
import { bigEndian, journalPrefix } from '../../../store/keyspaces.ts';
import { Disguise } from '../adversaries/disguise.ts';
import type { SimNode, Wrap } from '../node.ts';

/** Finalize is signed for whatever is notarised, also after a Nullify; journalled and all. */
export const finalizesAfterNullify: Wrap = {
  ports: (ports, node) => ({ ...ports, network: new Hasty(ports.network, node, ports.store) }),
};

class Hasty extends Disguise {
  readonly #store: Store;
  readonly #nullified = new Map<string, number>();
  #sequence = 2 ** 40;

  constructor(inner: Network, node: SimNode, store: Store) {
    super(inner, node);
    this.#store = store;
  }

  override send(to: PeerKey, bytes: Bytes): void {
    const message = this.read(bytes);
    if (message?.kind === 'nullify') this.#nullified.set(`${message.epoch}:${message.view}`, message.signer);
    super.send(to, bytes);
  }

  override hear(_from: PeerKey, bytes: Bytes, pass: (bytes: Bytes) => void): void {
    pass(bytes);
    const message = this.read(bytes);
    if (message?.kind !== 'notarization') return;
    const signer = this.#nullified.get(`${message.epoch}:${message.view}`);
    if (signer !== undefined) void this.#finalize(message, signer);
  }

  async #finalize({ epoch, view, block }: Notarization, signer: number): Promise<void> {
    const { replica, signatures, key } = this.node;
    if (replica === undefined) return;
    const claim = { kind: 'finalize', view, hash: block.hash } as const;
    const hash = statementHash({ chainId: replica.ledger.chainId, epoch }, claim);
    const vote: Finalize = { ...claim, epoch, signer, signature: signatures.sign(key, hash) };
    const at = concat(journalPrefix(), Uint8Array.of(1), bigEndian(this.#sequence++));
    await this.#store.write([{ type: 'put', key: at, value: encodeRecord(vote) }], { sync: true });
    for (const peer of this.peers()) super.send(peer, encodeFrame('consensus', encodeMessage(vote)));
  }
}

/** A notarised block is taken for final: one round of votes saved. */
export const takesNotarisedForFinal: Wrap = {
  ports: (ports, node) => ({
    ...ports,
    network: new Credulous(ports.network, node),
    verifier: { ...ports.verifier, verifyNow: () => true },
  }),
};

class Credulous extends Disguise {
  override hear(_from: PeerKey, bytes: Bytes, pass: (bytes: Bytes) => void): void {
    pass(bytes);
    const message = this.read(bytes);
    if (message?.kind !== 'notarization') return;
    const { epoch, view, block, signers, signatures } = message;
    const final: Finalization = { kind: 'finalization', epoch, view, hash: block.hash, signers, signatures };
    pass(encodeFrame('consensus', encodeMessage(final)));
  }
}

/** A reader is told "final" as soon as the transaction is in the pool. */
export const answersTooEarly: Wrap = {
  replica: ({ submission, ledger, pool }) => {
    const submit = submission.submit.bind(submission);
    submission.submit = (transaction) => {
      const before = pool.size;
      const verdict = submit(transaction);
      const { hash, header } = ledger.head();
      const pooled = Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => pool.size > before);
      return pooled.then((is) =>
        is ? { kind: 'accept', value: { id: hash, height: header.height, caused: true } } : verdict,
      );
    };
  },
};

/** Whoever falls behind stays behind. */
export const neverSynchronises: Wrap = {
  network: (inner, node) => new Proud(inner, node),
};

class Proud extends Disguise {
  override async request(to: PeerKey, protocol: string, bytes: Bytes): Promise<Bytes> {
    return protocol === 'range' ? new Uint8Array(0) : super.request(to, protocol, bytes);
  }
}

/** Nothing leaves the pool but what stands in a block: once a bug of ours (node/mempool/recheck.ts). */
export const keepsWhatIsDone: Wrap = {
  replica: ({ pool, ledger }) => {
    const done = new Set<string>();
    const remove = pool.remove.bind(pool);
    const prepareCommit = ledger.prepareCommit.bind(ledger);
    ledger.prepareCommit = (hash, certificate) => {
      const commit = prepareCommit(hash, certificate);
      for (const { transactions } of commit?.blocks ?? [])
        for (const { id } of transactions) done.add(toHex(id));
      return commit;
    };
    pool.remove = (id) => (done.has(id) ? remove(id) : pool.get(id));
  },
};
