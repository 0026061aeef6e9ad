/** The genesis: its JSON form, the chain id, block 0, and the development federation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { headerHash } from '../../chain/block.ts';
import { DEVELOPMENT_SEEDS, developmentGenesis, isDevelopmentKey } from '../../chain/development.ts';
import { chainIdOf, genesisState, genesisToJson, parseGenesis } from '../../chain/genesis.ts';
import { account, authorities, isBilling, members, parameters, supply } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { golden } from './golden.ts';
import { BILLING_TOKENS, genesisOf, keyOf, READER_TOKENS, stateOf } from './world.ts';

type Json = ReturnType<typeof JSON.parse>;
const genesis = genesisOf();
const json = (): Json => JSON.parse(JSON.stringify(genesisToJson(genesis)));

describe('genesis', () => {
  it('reads the JSON that it writes', () => {
    expect(parseGenesis(json())).to.deep.equal({ kind: 'accept', value: genesis });
  });

  it('starts the state', () => {
    const { view, header } = stateOf(genesis);
    expect(account(view, keyOf('reader'))?.tokens).to.equal(READER_TOKENS);
    expect(supply(view)).to.include({ genesis: BILLING_TOKENS + READER_TOKENS, minted: 0n, burned: 0n });
    expect(members(view)).to.deep.equal(genesis.members);
    expect(authorities(view)).to.deep.equal(genesis.authorities);
    expect(parameters(view)).to.deep.equal(genesis.parameters);
    expect(isBilling(view, keyOf('billing'))).to.equal(true);
    expect(header).to.include({ height: 0, epoch: 0, time: genesis.time });
  });

  it('has another chain id when anything differs', () => {
    const ids = [genesis, { ...genesis, name: 'Other' }, { ...genesis, time: genesis.time + 1 }].map(
      chainIdOf,
    );
    expect(new Set(ids.map(toHex)).size).to.equal(3);
  });

  it('genesis.wrong: says what is wrong and where', () => {
    const wrong: [string, (value: Json) => void][] = [
      ['exactly', (value) => delete value.name],
      ['version', (value) => (value.version = 2)],
      ['name', (value) => (value.name = '')],
      ['time', (value) => (value.time = -1)],
      ['accounts', (value) => (value.accounts = {})],
      ['accounts[1].tokens', (value) => (value.accounts[1].tokens = 5)],
      ['accounts[1].tokens', (value) => (value.accounts[1].tokens = '05')],
      ['accounts[1].tokens', (value) => (value.accounts[1].tokens = String(2n ** 63n))],
      ['2^63-1', (value) => (value.accounts[1].tokens = String(2n ** 63n - 1n))],
      ['accounts[0].key', (value) => (value.accounts[0].key = value.accounts[0].key.toUpperCase())],
      ['accounts[0].key', (value) => (value.accounts[0].key = `01${'00'.repeat(31)}`)],
      ['the same key twice', (value) => (value.accounts[0].key = value.accounts[1].key)],
      ['members[0]', (value) => (value.members[0].tracker = 'ftp://a')],
      ['members[0]', (value) => (value.members[0] = null)],
      ['at least one', (value) => (value.authorities = [])],
      ['must be a member', (value) => (value.authorities = [toHex(keyOf('eve'))])],
      ['the same key twice', (value) => value.authorities.push(value.authorities[0])],
      ['must have an account', (value) => (value.roles[0].key = toHex(keyOf('eve')))],
      ['role', (value) => (value.roles[0].role = 'king')],
      ['parameters', (value) => (value.parameters.attestations = 31)],
      ['parameters', (value) => (value.parameters.speed = 1)],
      ['parameters', (value) => (value.parameters = [])],
      ['not so many members', (value) => (value.parameters.attestations = 5)],
    ];
    for (const [words, spoil] of wrong) {
      const spoilt = json();
      spoil(spoilt);
      const verdict = parseGenesis(spoilt);
      expect(verdict).to.include({ kind: 'reject', code: 'genesis.wrong' });
      expect(verdict.kind === 'reject' && verdict.detail).to.contain(words);
    }
    expect(parseGenesis(null)).to.include({ code: 'genesis.wrong' });
  });

  it('fills in what the parameters leave out', () => {
    const { upgradeNoticeBlocks, ...rest } = json().parameters;
    const short = parseGenesis({ ...json(), parameters: rest });
    expect(short.kind === 'accept' && short.value.parameters).to.deep.equal({
      ...genesis.parameters,
      upgradeNoticeBlocks: 1_000,
    });
    expect(upgradeNoticeBlocks).to.equal(10);
  });

  it('lets one library alone mint nothing where there are two, unless the genesis says so', () => {
    const short = parseGenesis({ ...json(), parameters: {} });
    expect(short.kind === 'accept' && short.value.parameters).to.include({
      attestations: 2,
      fileBytesMax: 2 ** 40,
    });
    const [first] = json().members;
    const alone = parseGenesis({ ...json(), members: [first], authorities: [first.key], parameters: {} });
    expect(alone.kind === 'accept' && alone.value.parameters).to.include({ attestations: 1 });
  });

  it('keeps its golden chain id, hash and root', () => {
    const { block, hash } = genesisState(genesis);
    expect(headerHash(block.header)).to.deep.equal(hash);
    const found = { chainId: chainIdOf(genesis), hash, stateRoot: block.header.stateRoot };
    golden('genesis', Object.fromEntries(Object.entries(found).map(([name, bytes]) => [name, toHex(bytes)])));
  });
});

describe('development federation', () => {
  it('is what genesis.json says', () => {
    const path = join(import.meta.dirname, '..', '..', 'genesis.json');
    const written: unknown = JSON.parse(readFileSync(path, 'utf8'));
    expect(written).to.deep.equal(genesisToJson(developmentGenesis()));
    expect(parseGenesis(written)).to.deep.equal({ kind: 'accept', value: developmentGenesis() });
  });

  it('knows its keys', () => {
    for (const seed of Object.values(DEVELOPMENT_SEEDS)) {
      expect(isDevelopmentKey(publicKeyOf(seed))).to.equal(true);
    }
    expect(isDevelopmentKey(keyOf('reader'))).to.equal(false);
  });
});
