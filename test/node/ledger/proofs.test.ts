/** Proofs out of the stores of real replicas, checked by the light client that strangers use. */
import { strict as assert } from 'node:assert';
import { expect } from 'chai';
import { download } from '../../../chain/files/download.ts';
import { signerText } from '../../../chain/kind/kind.ts';
import { authorities } from '../../../chain/queries.ts';
import {
  encodeChecked,
  signTransaction,
  signUpload,
  sponsorUpload,
} from '../../../chain/transaction/signing.ts';
import { type Transaction, transactionId } from '../../../chain/transaction/transaction.ts';
import { verifyPurchase, verifyStep, verifyTransaction } from '../../../client/verify.ts';
import { encodeMessage } from '../../../consensus/messages.ts';
import { toHex } from '../../../core/bytes.ts';
import type { QueueName } from '../../../core/fair-queue.ts';
import { limits } from '../../../core/limits.ts';
import type { StoreRange } from '../../../core/ports.ts';
import { signText } from '../../../core/sign.ts';
import type { Verdict } from '../../../core/verdict.ts';
import { BlockStore } from '../../../node/ledger/block-store.ts';
import { Ledger } from '../../../node/ledger/ledger.ts';
import { Proofs } from '../../../node/ledger/proofs.ts';
import { systemClock as clock, systemRandom } from '../../../node/process/system.ts';
import { createYield } from '../../../node/process/yield.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { hashOf, infoHashesOf, keyOf, seedOf } from '../../chain/world.ts';
import { FinalWorld, finalize } from '../../light/final-world.ts';
import { electionAt } from '../election.ts';
import { finalisedChain } from '../finalised-chain.ts';
import {
  registration,
  startFederation,
  type TestFederation,
  type TestReplica,
  untilHeight,
} from '../replicas.ts';

/** Where all wait that ask here. */
const HERE: QueueName = ['others', 'reader'];
const book = hashOf('book');
const hash = toHex(book);
const key = toHex(keyOf('reader'));

const yieldToLoop = createYield();
const inTenMinutes = () => Math.floor(clock.now() / 1_000) + 600;

describe('proofs of a node', () => {
  let federation: TestFederation;
  let ann: TestReplica;
  let proofs: Proofs;
  let chainId: string;
  beforeEach(async () => {
    federation = await startFederation(['ann', 'bob', 'cid']);
    ann = federation.replicas[0]!;
    proofs = new Proofs({ ledger: ann.ledger, store: ann.store, clock, yieldToLoop });
    chainId = toHex(ann.ledger.chainId);
  });
  afterEach(() => federation.stop());

  async function submit(transaction: Transaction): Promise<number> {
    const verdict = await ann.submission.submit(transaction);
    assert(verdict.kind === 'accept', JSON.stringify(verdict));
    await untilHeight(federation.replicas, verdict.value.height);
    return verdict.value.height;
  }

  async function publish(): Promise<void> {
    const id = ann.ledger.chainId;
    const upload = { hash: book, key: keyOf('uploader'), expires: undefined, size: 10n, name: 'book' };
    const signature = signUpload(id, upload, seedOf('uploader'));
    const word = { sponsor: keyOf('ann'), sponsorExpires: inTenMinutes() };
    const more = { infoHashes: infoHashesOf('book'), signature, ...word };
    await submit(sponsorUpload(id, { kind: 'upload' as const, ...upload, ...more }, seedOf('ann')));
  }

  const purchase: () => Transaction = () => {
    const bought = { hash: book, key: keyOf('reader'), expires: undefined };
    const signature = signText(seedOf('reader'), signerText(download, chainId, bought));
    return { kind: 'download', ...bought, signature };
  };

  /** @param names - of the new set. @returns when the whole federation has it. */
  async function elect(names: readonly string[]): Promise<void> {
    const id = ann.ledger.chainId;
    const before = authorities(ann.ledger.head().view).map(toHex);
    const voters = ['ann', 'bob', 'cid', 'dan'].filter((name) => before.includes(toHex(keyOf(name))));
    const once = () => ({ nonce: systemRandom.bytes(16), expires: Math.floor(clock.now() / 1_000) + 600 });
    const action = electionAt(ann.ledger, names);
    const [first, ...others] = voters;
    const proposal = signTransaction<'propose'>(
      id,
      { kind: 'propose', action, proposer: keyOf(first!), ...once() },
      seedOf(first!),
    );
    await submit(proposal);
    for (const name of others) {
      const approve = {
        kind: 'approve' as const,
        proposal: encodeChecked(proposal).id,
        authority: keyOf(name),
      };
      await submit(signTransaction<'approve'>(id, approve, seedOf(name)));
    }
  }

  async function made(answer: Promise<Verdict<Uint8Array>>): Promise<Uint8Array> {
    const verdict = await answer;
    assert(verdict.kind === 'accept', JSON.stringify(verdict));
    return verdict.value;
  }

  it('tell a purchase and its absence, from the chain id alone, over epochs, and from a checkpoint', async () => {
    await publish();
    const trust = { chainId };
    const before = verifyPurchase(await made(proofs.purchase(book, keyOf('reader'), undefined, HERE)), {
      trust,
      hash,
      key,
    });
    assert(before.kind === 'not-bought');
    expect(before.at.height).to.equal(ann.ledger.head().header.height);
    const { checkpoint } = before.at;
    await elect(['ann', 'bob']);
    const purchasedAt = await submit(purchase());
    await elect(['bob', 'ann', 'cid']);
    // The head is the end of an epoch itself.
    for (const extra of [0, 1]) {
      if (extra > 0) await submit(registration(federation.genesis, 'more', 'ann'));
      const whole = await made(proofs.purchase(book, keyOf('reader'), undefined, HERE));
      const after = verifyPurchase(whole, { trust, hash, key });
      expect(after).to.deep.include({ kind: 'bought', purchasedAt });
      expect(after).to.have.nested.property('at.block', toHex(ann.ledger.head().hash));
      const rest = await made(proofs.purchase(book, keyOf('reader'), before.at.height, HERE));
      expect(rest.length).to.be.lessThan(whole.length);
      expect(verifyPurchase(rest, { trust: { checkpoint }, hash, key })).to.deep.equal(after);
      expect(verifyPurchase(rest, { trust, hash, key })).to.include({ kind: 'refused', code: 'proof.wrong' });
      assert(after.kind === 'bought');
      const same = await made(proofs.purchase(book, keyOf('reader'), after.at.height, HERE));
      expect(verifyPurchase(same, { trust: { checkpoint: after.at.checkpoint }, hash, key })).to.deep.equal(
        after,
      );
    }
  });

  it('tell that nothing was bought before there was a block', async () => {
    const proof = await made(proofs.purchase(book, keyOf('reader'), undefined, HERE));
    const verdict = verifyPurchase(proof, { trust: { chainId }, hash, key });
    expect(verdict).to.have.nested.property('at.height', 0);
    expect(verdict.kind).to.equal('not-bought');
  });

  it('hold while blocks are committed all the time', async () => {
    await publish();
    const under = Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        ann.submission.submit(registration(federation.genesis, `reader ${i}`, 'ann')),
      ),
    ).then(() => submit(purchase()));
    let done = false;
    void under.finally(() => {
      done = true;
    });
    const seen: string[] = [];
    while (!done) {
      const proof = await made(proofs.purchase(book, keyOf('reader'), undefined, HERE));
      const verdict = verifyPurchase(proof, { trust: { chainId }, hash, key });
      expect(verdict.kind, JSON.stringify(verdict)).not.to.equal('refused');
      if (seen.at(-1) !== verdict.kind) seen.push(verdict.kind);
      await new Promise((resolve) => setImmediate(resolve)); // let the others go on
    }
    await under;
    expect(seen[0]).to.equal('not-bought');
  });

  it('tell that a block holds a transaction, at every member', async () => {
    await publish();
    const transaction = purchase();
    const height = await submit(transaction);
    await elect(['ann']);
    const { id } = encodeChecked(transaction);
    for (const { ledger, store } of federation.replicas) {
      const theirs = new Proofs({ ledger, store, clock, yieldToLoop });
      const proof = await made(theirs.inclusion(id, height, undefined, HERE));
      const verdict = verifyTransaction(proof, { trust: { chainId }, id: toHex(id) });
      expect(verdict.kind, JSON.stringify(verdict)).to.equal('included');
      expect(verdict).to.have.nested.property('at.height', height);
    }
    const seal = ann.ledger.head();
    const sealed = ann.ledger.blocks.body(seal.hash)!.transactions[0]!;
    const last = toHex(transactionId(sealed));
    const proof = await made(proofs.inclusion(transactionId(sealed), seal.header.height, undefined, HERE));
    expect(verifyTransaction(proof, { trust: { chainId }, id: last }).kind).to.equal('included');
  });

  it('proof.unavailable: a block that is not here, a transaction that is not in it', async () => {
    await submit(registration(federation.genesis, 'new', 'ann'));
    for (const height of [1, 2, 10 ** 12]) {
      expect(await proofs.inclusion(book, height, undefined, HERE)).to.include({ code: 'proof.unavailable' });
    }
    expect(await proofs.inclusion(book, 0, undefined, HERE)).to.include({ code: 'proof.unavailable' });
  });

  it('request.wrong-value: from lies above the head', async () => {
    const verdict = await proofs.purchase(book, keyOf('reader'), 1, HERE);
    expect(verdict).to.include({ kind: 'reject', code: 'request.wrong-value' });
  });

  it('proof.busy: of one client so many wait, and another one waits for one of them', async () => {
    const ended: string[] = [];
    const ask = async (client: string): Promise<string> => {
      const verdict = await proofs.inclusion(book, 9, undefined, ['others', client]);
      ended.push(client);
      return verdict.kind === 'reject' ? verdict.code : '';
    };
    // One is being made.
    const greedy = Array.from({ length: limits.proofsPerClientMax + 1 }, () => ask('greedy'));
    expect(await ask('greedy')).to.equal('proof.busy');
    ended.length = 0;
    expect(await ask('honest')).to.equal('proof.unavailable');
    expect(ended.indexOf('honest')).to.be.below(3);
    expect(new Set(await Promise.all(greedy))).to.deep.equal(new Set(['proof.unavailable']));
  });
});

describe('many proofs at once', () => {
  it('proof.busy: are made one after the other, and so many wait at most', async () => {
    const store = createMemoryStore();
    await store.start();
    const chain = await finalisedChain(store);
    await chain.grow(3);
    let open = 0;
    let most = 0;
    const moments: typeof store = Object.assign(Object.create(store), {
      moment() {
        const moment = store.moment();
        open += 1;
        most = Math.max(most, open);
        return {
          get: (name: Uint8Array) => moment.get(name),
          range: (range: StoreRange) => moment.range(range),
          async release() {
            open -= 1;
            await moment.release();
          },
        };
      },
    });
    const proofs = new Proofs({ ledger: chain.ledger, store: moments, clock, yieldToLoop });
    // One is being made at once, whoever asks; and each of these has a queue of its own.
    const asked = Array.from({ length: limits.proofsWaitingMax + 11 }, (_, i) =>
      proofs.purchase(book, keyOf('reader'), undefined, ['others', `client ${i}`]),
    );
    const kinds = (await Promise.all(asked)).map((verdict) =>
      verdict.kind === 'reject' ? verdict.code : verdict.kind,
    );
    expect(kinds.filter((kind) => kind === 'accept')).to.have.length(limits.proofsWaitingMax + 1);
    expect(kinds.filter((kind) => kind === 'proof.busy')).to.have.length(10);
    expect([most, open]).to.deep.equal([1, 0]);
  });
});

describe('proofs over a long history', () => {
  it('proof.partial: more epochs than one proof leads over are walked in steps', async () => {
    const final = new FinalWorld(1);
    for (let i = 0; i < limits.proofSealsMax + 2; i++) final.elect([i % 2 === 0 ? 'bob' : 'ann']);
    final.run();
    const { store, ledger } = await keep(final);
    const proofs = new Proofs({ ledger, store, clock, yieldToLoop });
    const chainId = toHex(ledger.chainId);
    const first = await proofs.purchase(book, keyOf('reader'), undefined, HERE);
    assert(first.kind === 'accept');
    const question = { hash, key, trust: { chainId } };
    expect(verifyPurchase(first.value, question)).to.include({ kind: 'refused', code: 'proof.partial' });
    const step = verifyStep(first.value, { chainId });
    assert(step.kind === 'step');
    expect(step.at.height).to.equal(limits.proofSealsMax);
    const second = await proofs.purchase(book, keyOf('reader'), step.at.height, HERE);
    assert(second.kind === 'accept');
    const verdict = verifyPurchase(second.value, { ...question, trust: { checkpoint: step.at.checkpoint } });
    expect(verdict).to.have.nested.property('at.block', toHex(final.world.state.hash));
    await store.stop();
  });

  it('link a block to the descendant that carries the certificate', async () => {
    const final = new FinalWorld(1);
    const transactions = Array.from({ length: 9 }, (_, i) => final.world.register(`reader ${i}`));
    const { height } = final.run(transactions).block.header;
    final.run();
    final.run();
    const { store, ledger } = await keep(final, [1, 2]);
    const proofs = new Proofs({ ledger, store, clock, yieldToLoop });
    for (const transaction of transactions) {
      const { id } = encodeChecked(transaction);
      const proof = await proofs.inclusion(id, height, undefined, HERE);
      assert(proof.kind === 'accept');
      const trust = { chainId: toHex(ledger.chainId) };
      expect(verifyTransaction(proof.value, { trust, id: toHex(id) }).kind).to.equal('included');
    }
    await store.stop();
  });
});

/** The world as a node would have it on its disk. @param uncertified - heights that became final with a later one. */
async function keep(final: FinalWorld, uncertified: readonly number[] = []) {
  const store = createMemoryStore();
  await store.start();
  const blocks = new BlockStore(store, 10_000);
  await Ledger.open(blocks, final.world.genesis);
  for (const executed of final.world.blocks) {
    const { header } = executed.block;
    const bare = uncertified.includes(header.height);
    const certificate = bare ? undefined : encodeMessage(finalize(header, final.setOf(header.epoch)));
    await store.write(blocks.commitWrites(executed, certificate), { sync: true });
  }
  return { store, ledger: await Ledger.open(blocks, final.world.genesis) };
}
