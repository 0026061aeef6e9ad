/** Blocks: their encoding, and everything that executing one refuses. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Block,
  decodeBlock,
  decodeHeader,
  encodeBlock,
  encodeHeader,
  HEADER_BYTES_MAX,
  type Header,
  headerHash,
  transactionsRoot,
} from '../../../chain/block/block.ts';
import { executeBlock } from '../../../chain/block/execute.ts';
import { RULES_VERSION } from '../../../chain/block/version.ts';
import { type CheckedTransaction, encodeChecked } from '../../../chain/transaction/signing.ts';
import { AssertionFailed } from '../../../core/assert.ts';
import { toHex } from '../../../core/bytes.ts';
import { encode } from '../../../core/codec.ts';
import { merklePath, verifyMerklePath } from '../../../core/hash.ts';
import { limits } from '../../../core/limits.ts';
import { golden } from '../../golden.ts';
import { hashOf, keyOf, World } from '../world.ts';

/** A world and a block that would be its next. */
function next() {
  const world = new World();
  const transactions = [world.register('new'), world.transfer('uploader', 5n)].map(encodeChecked);
  const { executed } = world.build(transactions);
  const code = (changes: Partial<Header>, with_: readonly CheckedTransaction[] = transactions) => {
    const header = { ...executed.block.header, ...changes };
    const block = { header, transactions: with_.map(({ bytes }) => bytes) };
    const verdict = executeBlock(world.state, block, with_);
    return verdict.kind === 'accept' ? 'accept' : verdict.code;
  };
  return { world, transactions, executed, code };
}

describe('blocks', () => {
  it('are accepted as they were built', () => {
    const { code } = next();
    expect(code({})).to.equal('accept');
  });

  it('block.wrong-parent', () => {
    expect(next().code({ parentHash: hashOf('another') })).to.equal('block.wrong-parent');
  });

  it('block.wrong-header: chain, version, height, epoch, authorities, proposer', () => {
    const { code } = next();
    expect(code({ chainId: hashOf('another') })).to.equal('block.wrong-header');
    expect(code({ version: 2 })).to.equal('block.wrong-header');
    expect(code({ height: 2 })).to.equal('block.wrong-header');
    expect(code({ epoch: 1 })).to.equal('block.wrong-header');
    expect(code({ authoritiesHash: hashOf('others') })).to.equal('block.wrong-header');
    expect(code({ proposer: keyOf('dan') })).to.equal('block.wrong-header');
    expect(code({ proposer: keyOf('bob') })).to.equal('accept');
  });

  it('block.wrong-time: later than the parent by a millisecond at least', () => {
    const { world, code } = next();
    expect(code({ time: world.time })).to.equal('block.wrong-time');
    expect(world.build([], 0).executed.block.header.time).to.equal(world.time + 1);
    expect(world.build([], -5_000).executed.block.header.time).to.equal(world.time + 1);
  });

  it('block.unknown-version: a header that later rules have made otherwise is no lie; codec.wrong-shape: one by rules of now is', () => {
    const { header } = new World().run([]).block;
    const made = (version: number) => encode({ ...header, version, later: true });
    expect(decodeHeader(made(RULES_VERSION + 1))).to.deep.equal({
      kind: 'ignore',
      code: 'block.unknown-version',
    });
    expect(decodeHeader(made(RULES_VERSION))).to.include({ kind: 'reject', code: 'codec.wrong-shape' });
    const block = (version: number) =>
      encode({ header: { ...header, version, later: true }, transactions: [] });
    expect(decodeBlock(block(RULES_VERSION + 1))).to.include({
      kind: 'ignore',
      code: 'block.unknown-version',
    });
    expect(decodeBlock(block(RULES_VERSION))).to.include({ kind: 'reject', code: 'codec.wrong-shape' });
  });

  it('block.wrong-root: transactions, state, next authorities', () => {
    const { code } = next();
    expect(code({ transactionsRoot: hashOf('x') })).to.equal('block.wrong-root');
    expect(code({ stateRoot: hashOf('x') })).to.equal('block.wrong-root');
    expect(code({ nextAuthoritiesHash: hashOf('x') })).to.equal('block.wrong-root');
  });

  it('block.wrong-transaction: refused by its rule, of no use, or twice', () => {
    const { world, transactions, code } = next();
    const poor = encodeChecked(world.transfer('uploader', 5_000n));
    expect(code({}, [poor])).to.equal('block.wrong-transaction');
    expect(code({}, [...transactions, transactions[0]!])).to.equal('block.wrong-transaction');
    expect(code({}, [encodeChecked(world.register('reader'))])).to.equal('block.wrong-transaction');
  });

  it('block.too-large: bytes and transactions', () => {
    const { world, code } = next();
    const wide = encodeChecked(world.register('new'));
    const many = Array.from({ length: limits.blockTransactionsMax + 1 }, () => wide);
    expect(code({}, many)).to.equal('block.too-large');
    const member = { key: keyOf('eve'), name: 'E'.repeat(255), tracker: '', api: '' };
    const addresses = Array.from({ length: 8 }, () => `/${'a'.repeat(255)}`);
    const fat = encodeChecked(world.propose({ kind: 'add-member', member: { ...member, addresses } }));
    const count = Math.ceil(limits.blockBytesMax / fat.bytes.length);
    expect(
      code(
        {},
        Array.from({ length: count }, () => fat),
      ),
    ).to.equal('block.too-large');
  });

  it('does not take other bytes for the checked ones', () => {
    const { world, executed, transactions } = next();
    const swapped = [transactions[0]!, encodeChecked(world.transfer('uploader', 6n))];
    expect(() => executeBlock(world.state, executed.block, swapped)).to.throw(AssertionFailed);
    expect(() => executeBlock(world.state, executed.block, [])).to.throw(AssertionFailed);
  });

  it('leave out what is refused and what comes twice, and stop at the bounds of number and of bytes', () => {
    const { world, transactions } = next();
    const poor = encodeChecked(world.transfer('uploader', 5_000n));
    const { executed, refused } = world.build([poor, ...transactions, ...transactions]);
    expect(executed.transactions).to.deep.equal(transactions);
    expect(refused).to.have.length(1);
    const endless = function* () {
      for (let i = 0; ; i++) {
        const upload = world.upload(`file ${i}`, 1n, 'reader', { name: `${'x'.repeat(230)}${i}` });
        yield encodeChecked(upload);
      }
    };
    const full = world.build(endless() as unknown as CheckedTransaction[]).executed;
    expect(full.transactions).to.have.length(limits.blockTransactionsMax);
    expect(full.bytes.length).to.be.lessThan(limits.blockBytesMax);
    const wide = world.upload('wide', 1n, 'reader');
    const padded = (bytes: number) => ({ ...encodeChecked(wide), bytes: new Uint8Array(bytes) });
    const [first, second] = [padded(limits.blockBytesMax - 4_000), padded(4_000)];
    const heavy = world.build([first, { ...second, id: hashOf('another') }]).executed;
    expect(heavy.transactions, 'no room for the second').to.have.length(1);
    world.adopt(full);
  });

  it('a transaction can be proved to stand in a block', () => {
    const { executed, transactions } = next();
    const ids = transactions.map(({ id }) => id);
    const root = executed.block.header.transactionsRoot;
    expect(verifyMerklePath(ids[1]!, 1, 2, merklePath(ids, 1), root)).to.equal(true);
    expect(verifyMerklePath(ids[0]!, 1, 2, merklePath(ids, 1), root)).to.equal(false);
  });

  it('decode what they encode, and keep their golden bytes', () => {
    const { executed } = next();
    const { block } = executed;
    expect(decodeBlock(executed.bytes)).to.deep.equal({ kind: 'accept', value: block });
    expect(decodeHeader(encodeHeader(block.header))).to.deep.equal({ kind: 'accept', value: block.header });
    golden('block', { hash: toHex(headerHash(block.header)), header: toHex(encodeHeader(block.header)) });
    const largest = Object.fromEntries(
      Object.entries({ ...block.header, knows: 0 }).map(([name, value]) => [
        name,
        typeof value === 'number' ? Number.MAX_SAFE_INTEGER : value,
      ]),
    ) as unknown as Header;
    expect(encodeHeader(largest).length).to.be.lessThan(HEADER_BYTES_MAX);
  });

  it('block.wrong-body: any other transactions under the same header, be it one bit of a signature', () => {
    const { executed, transactions, world } = next();
    const { header, transactions: own } = executed.block;
    const [first, second] = own as [Uint8Array, Uint8Array];
    const others = [
      [],
      [first],
      [second, first],
      [first, second, second],
      [first, encodeChecked(world.transfer('uploader', 5n)).bytes], // the same again, by another signature
      [flipped(first, transactions[0]!.transaction.signature), second],
    ];
    for (const transactions of others) {
      expect(decodeBlock(encodeBlock({ header, transactions }))).to.deep.equal({
        kind: 'reject',
        code: 'block.wrong-body',
      });
      expect(headerHash(header), 'and they have the hash of the true block').to.deep.equal(executed.hash);
    }
    expect(decodeBlock(executed.bytes).kind).to.equal('accept');
    expect(transactionsRoot(own)).to.deep.equal(header.transactionsRoot);
  });

  it('codec.wrong-shape: a header or block with another field or length', () => {
    const { executed } = next();
    const { header } = executed.block;
    const misshapen = [
      { ...header, more: 1 },
      { ...header, view: -1 },
      { ...header, stateRoot: header.stateRoot.subarray(1) },
    ] as unknown as Header[];
    for (const wrong of misshapen) {
      expect(decodeHeader(encodeHeader(wrong))).to.include({ code: 'codec.wrong-shape' });
      const block = encodeBlock({ header: wrong, transactions: [] });
      expect(decodeBlock(block)).to.include({ code: 'codec.wrong-shape' });
    }
    const list = { header, transactions: ['text'] } as unknown as Block;
    expect(decodeBlock(encodeBlock(list))).to.include({ code: 'codec.wrong-shape' });
  });

  it('give a verdict for whatever bytes come', () => {
    const { executed } = next();
    const changes = fc.array(fc.tuple(fc.nat(executed.bytes.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(changes, (mutations) => {
        const mutated = Uint8Array.from(executed.bytes);
        for (const [at, value] of mutations) mutated[at] = value;
        const verdict = decodeBlock(mutated);
        if (verdict.kind === 'accept') expect(encodeBlock(verdict.value)).to.deep.equal(mutated);
        else expect(verdict.code).to.match(/^(codec\.|block\.wrong-body$)/);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** One bit of these bytes in there is another one. */
function flipped(bytes: Uint8Array, within: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[Buffer.from(bytes).indexOf(within)]! ^= 1;
  return copy;
}
