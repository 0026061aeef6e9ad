/** The rules for transfers, purchases of tokens, sales, and for what happens once: one test for each code. */
import { expect } from 'chai';
import type { Executed } from '../../chain/block/execute.ts';
import { account, sale } from '../../chain/queries.ts';
import { check } from '../../chain/transaction/rules.ts';
import { signedHash } from '../../chain/transaction/signing.ts';
import type { Transaction, TransactionOf } from '../../chain/transaction/transaction.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { BILLING_TOKENS, idOf, keyOf, READER_TOKENS, storedBy, World } from './world.ts';

describe('rules for payments', () => {
  it('transfers tokens', () => {
    const world = new World();
    world.run([world.transfer('uploader', READER_TOKENS)]);
    expect(account(world.state.view, keyOf('reader'))?.tokens).to.equal(0n);
    expect(account(world.state.view, keyOf('uploader'))?.tokens).to.equal(READER_TOKENS);
  });

  it('amount.wrong: nobody moves nothing', () => {
    const world = new World();
    expect(world.code(world.transfer('uploader', 0n))).to.equal('amount.wrong');
    expect(world.code(world.buy('reader', 0n, 'r'))).to.equal('amount.wrong');
    expect(world.code(world.sell(0n))).to.equal('amount.wrong');
    expect(world.code(world.transfer('uploader', 1n))).to.equal('accept');
  });

  it('transfer.to-self', () => {
    const world = new World();
    expect(world.code(world.transfer('reader', 1n))).to.equal('transfer.to-self');
  });

  it('transfer.not-enough-tokens: one token short is short', () => {
    const world = new World();
    expect(world.code(world.transfer('uploader', READER_TOKENS + 1n))).to.equal('transfer.not-enough-tokens');
    expect(world.code(world.transfer('uploader', READER_TOKENS))).to.equal('accept');
    expect(world.code(world.sell(READER_TOKENS + 1n))).to.equal('transfer.not-enough-tokens');
  });

  it('role.missing: only billing buys, settles and releases; only the seller reclaims', () => {
    const world = new World();
    const sold = world.sell(10n);
    world.run([sold]);
    expect(world.code(world.buy('uploader', 1n, 'r', 'reader'))).to.equal('role.missing');
    expect(world.code(world.settle(idOf(sold), 'reader'))).to.equal('role.missing');
    expect(world.code(world.release(idOf(sold), 'reader'))).to.equal('role.missing');
    expect(world.code(world.reclaim(idOf(sold), 'uploader'))).to.equal('role.missing');
  });

  it('receipt.repeated: a payment is credited once, whatever is retried', () => {
    const world = new World();
    const { events } = world.run([world.buy('reader', 7n, 'receipt')]);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['bought']);
    expect(world.code(world.buy('reader', 7n, 'receipt'))).to.equal('receipt.repeated');
    expect(world.code(world.buy('uploader', 1n, 'receipt'))).to.equal('receipt.repeated');
    expect(world.code(world.buy('reader', 7n, 'another'))).to.equal('accept');
  });

  it('leaves the receipts of one billing key to it: another cannot use them up', () => {
    const world = twoTills();
    world.run([world.buy('uploader', 1n, 'receipt', 'other')]);
    expect(world.code(world.buy('uploader', 1n, 'receipt', 'other'))).to.equal('receipt.repeated');
    expect(world.code(world.buy('reader', 7n, 'receipt'))).to.equal('accept');
  });

  it('role.missing: only the billing key that the seller named settles or releases a sale', () => {
    const world = twoTills();
    const sold = world.sell(10n);
    world.run([sold]);
    expect(world.code(world.settle(idOf(sold), 'other'))).to.equal('role.missing');
    expect(world.code(world.release(idOf(sold), 'other'))).to.equal('role.missing');
    expect(world.code(world.settle(idOf(sold)))).to.equal('accept');
    expect(world.code(world.sell(10n, 'reader', 'uploader')), 'it must have the role').to.equal(
      'role.missing',
    );
  });

  it('lets billing give back what it can no longer take, when its role is gone', () => {
    const world = twoTills();
    const sold = world.sell(10n);
    world.run([sold]);
    world.decide({ kind: 'revoke-role', key: keyOf('billing'), role: 'billing' });
    expect(world.code(world.settle(idOf(sold)))).to.equal('role.missing');
    expect(world.code(world.release(idOf(sold)))).to.equal('accept');
  });

  it('locks the tokens of a sale, and moves them to billing when it is settled', () => {
    const world = new World();
    const sold = world.sell(10n);
    world.run([sold]);
    expect(account(world.state.view, keyOf('reader'))).to.include({
      tokens: READER_TOKENS - 10n,
      locked: 10n,
    });
    world.run([world.settle(idOf(sold))]);
    expect(account(world.state.view, keyOf('reader'))).to.include({
      tokens: READER_TOKENS - 10n,
      locked: 0n,
    });
    expect(account(world.state.view, keyOf('billing'))?.tokens).to.equal(BILLING_TOKENS + 10n);
    expect(sale(world.state.view, idOf(sold), world.time)?.closed).to.deep.equal({
      outcome: 'settled',
      at: world.time,
    });
  });

  it('gives the tokens back when a sale is released, also to billing itself', () => {
    const world = new World();
    for (const seller of ['reader', 'billing']) {
      const before = account(world.state.view, keyOf(seller));
      const sold = world.sell(10n, seller);
      world.run([sold]);
      world.run([world.release(idOf(sold))]);
      expect(account(world.state.view, keyOf(seller))).to.deep.equal(before);
    }
    const own = world.sell(10n, 'billing');
    world.run([own, world.settle(idOf(own))]);
    expect(account(world.state.view, keyOf('billing'))).to.include({ tokens: BILLING_TOKENS, locked: 0n });
  });

  it('sale.unknown and sale.closed: a sale ends once', () => {
    const world = new World();
    const sold = world.sell(10n);
    expect(world.code(world.settle(idOf(sold)))).to.equal('sale.unknown');
    expect(world.code(world.reclaim(idOf(sold)))).to.equal('sale.unknown');
    world.run([sold]);
    world.run([world.release(idOf(sold))]);
    expect(world.code(world.settle(idOf(sold)))).to.equal('sale.closed');
    expect(world.code(world.release(idOf(sold)))).to.equal('sale.closed');
    expect(world.code(world.reclaim(idOf(sold)))).to.equal('sale.closed');
  });

  it('sale.not-due: the reader reclaims when the timeout has passed, not a millisecond earlier', () => {
    const world = new World();
    const sold = world.sell(10n);
    world.run([sold]);
    world.run([], 999_000);
    expect(world.code(world.reclaim(idOf(sold)), 999)).to.equal('sale.not-due');
    expect(world.code(world.reclaim(idOf(sold)), 1_000)).to.equal('accept');
    world.run([world.reclaim(idOf(sold))]);
    expect(account(world.state.view, keyOf('reader'))).to.include({ tokens: READER_TOKENS, locked: 0n });
  });

  it('sale.not-due: no later vote changes when a sale can be reclaimed', () => {
    const world = new World();
    const [first, second] = [world.sell(10n), world.sell(20n)];
    world.run([first]);
    const opened = world.time;
    const { parameters } = world.genesis;
    world.decide({ kind: 'set-parameters', parameters: { ...parameters, saleTimeoutMs: 1_000 } });
    world.run([second]);
    world.run([], 1_000);
    expect(world.code(world.reclaim(idOf(second)), 1)).to.equal('accept');
    world.run([], opened + 999_000 - world.time);
    expect(world.code(world.reclaim(idOf(first)), 999)).to.equal('sale.not-due');
    expect(world.code(world.reclaim(idOf(first)), 1_000)).to.equal('accept');
    expect(sale(world.state.view, idOf(first), world.time)?.reclaimFrom).to.equal(opened + 1_000_000);
  });

  it('transaction.expired: valid until the very millisecond, with or without a nonce', () => {
    const world = new World();
    const expires = world.time / 1_000 + 10;
    expect(world.code({ ...world.transfer('uploader', 1n), expires }, 10_000)).to.equal('accept');
    expect(world.code({ ...world.transfer('uploader', 1n), expires }, 10_001)).to.equal(
      'transaction.expired',
    );
    world.publish('f', 5n);
    const late = world.time / 1_000 + 10;
    expect(world.code(world.download('f', 'reader', late), 10_000)).to.equal('accept');
    expect(world.code(world.download('f', 'reader', late), 10_001)).to.equal('transaction.expired');
    expect(world.code(world.upload('g', 1n, 'reader', { expires: late }), 10_001)).to.equal(
      'transaction.expired',
    );
    const sponsored = world.upload('g', 1n, 'reader', { sponsorExpires: late });
    expect(world.code(sponsored, 10_000)).to.equal('accept');
    expect(world.code(sponsored, 10_001)).to.equal('transaction.expired');
  });

  it('transaction.expires-too-far: what happens once lives one hour at most, a reader’s word in an upload 31 days', () => {
    const world = new World();
    const days = world.time / 1_000 + 1 + 31 * 86_400;
    expect(world.code(world.upload('g', 1n, 'reader', { expires: days }))).to.equal('accept');
    expect(world.code(world.upload('g', 1n, 'reader', { expires: days + 1 }))).to.equal(
      'transaction.expires-too-far',
    );
    const expires = world.time / 1_000 + 1 + 3_600;
    expect(world.code({ ...world.transfer('uploader', 1n), expires })).to.equal('accept');
    const further = { ...world.transfer('uploader', 1n), expires: expires + 1 };
    expect(world.code(further)).to.equal('transaction.expires-too-far');
    const sponsored = (sponsorExpires: number) => world.upload('g', 1n, 'reader', { sponsorExpires });
    expect(world.code(sponsored(expires))).to.equal('accept');
    expect(world.code(sponsored(expires + 1))).to.equal('transaction.expires-too-far');
  });

  it('transaction.repeated: the same nonce does not happen twice while it lives', () => {
    const world = new World();
    const once = world.transfer('uploader', 1n);
    world.run([once]);
    expect(world.code(once)).to.equal('transaction.repeated');
    world.run([], 590_000);
    expect(world.code(once, 9_000)).to.equal('transaction.repeated');
    expect(world.code(once, 9_001)).to.equal('transaction.expired');
    expect(world.code(world.transfer('uploader', 1n))).to.equal('accept');
  });

  it('transaction.too-many-expire: a shelf takes so many, and the rest of the minute is free', () => {
    const world = new World();
    const [first, second, third] = sameShelf(world);
    const { key } = shelvesIn(world.run([first]))[0]!;
    const full = new Uint8Array(limits.seenPerShelfMax * 32);
    const almost = full.subarray(0, full.length - 32);
    const judge = (transaction: Transaction, shelf: Uint8Array) => {
      const view = {
        get: (name: Uint8Array) => (equalBytes(name, key) ? shelf : world.state.view.get(name)),
      };
      const context = { chainId: world.chainId, height: 2, time: world.time + 1, epoch: 0, version: 1 };
      const verdict = check(view, transaction, context);
      return verdict.kind === 'accept' ? 'accept' : verdict.code;
    };
    expect(judge(second, almost)).to.equal('accept');
    expect(judge(second, full)).to.equal('transaction.too-many-expire');
    expect(judge({ ...third, expires: third.expires + 60 }, full)).to.equal('accept');
    expect(judge(world.transfer('uploader', 1n), full)).to.equal('accept'); // of the same minute
  });

  it('forgets what has expired, and the state is as small as before', () => {
    const world = new World();
    const entries = () => [...storedBy(world).values.keys()].filter((key) => /^(07|12)/.test(key)).length;
    const many = Array.from({ length: 16 }, () => world.transfer('uploader', 1n));
    const before = shelvesIn(world.run(many)).length; // two of them may share one
    expect(entries(), 'the shelves and their minute').to.equal(before + 1);
    world.run([], 400 * 86_400_000);
    expect(entries()).to.equal(before + 1);
    const later = new Set<string>();
    for (let i = 0; i < 8; i++) {
      const put = shelvesIn(world.run([world.transfer('uploader', 1n)], 1)).filter(({ value }) => value);
      for (const { key } of put) later.add(toHex(key));
    }
    expect(entries()).to.equal(later.size + 1);
    for (let day = 0; day < 30; day++) {
      for (let i = 0; i < 2; i++) world.run([world.transfer('uploader', 1n)], 1);
      world.run([], 86_400_000);
    }
    expect(entries()).to.be.at.most(4); // the two of the last day, and their minute or two
  });

  it('changes nothing in an empty block, however much has expired', () => {
    const world = new World();
    world.run([world.transfer('uploader', 1n)]);
    for (const afterMs of [1, 60_000, 400 * 86_400_000]) {
      const { stateRoot } = world.state.header;
      const executed = world.run([], afterMs);
      expect(executed.writes).to.deep.equal([]);
      expect(toHex(executed.block.header.stateRoot)).to.equal(toHex(stateRoot));
    }
  });
});

/** With a second billing key, which has tokens. */
function twoTills(): World {
  const world = new World();
  world.run([world.register('other'), world.transfer('other', 100n)]);
  world.decide({ kind: 'grant-role', key: keyOf('other'), role: 'billing' });
  return world;
}

function shelvesIn({ writes }: Executed) {
  return writes.filter(({ key }) => key[0] === 0x07);
}

/** Three transfers whose hashes belong on one shelf, beside the minute. */
function sameShelf(
  world: World,
): [TransactionOf<'transfer'>, TransactionOf<'transfer'>, TransactionOf<'transfer'>] {
  const byShelf = new Map<number, TransactionOf<'transfer'>[]>();
  for (;;) {
    const transfer = world.transfer('uploader', 1n);
    const hash = signedHash(world.chainId, transfer);
    const shelf = ((hash[0]! << 8) | hash[1]!) % 1_024;
    const together = [...(byShelf.get(shelf) ?? []), transfer];
    byShelf.set(shelf, together);
    const [first, second, third] = together;
    if (third !== undefined) return [first!, second!, third];
  }
}
