/** The genesis: its JSON form, the chain id, block 0, and the development federation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { headerHash } from '../../../chain/block/block.ts';
import { DEVELOPMENT_SEEDS, developmentGenesis, isDevelopmentKey } from '../../../chain/block/development.ts';
import { chainIdOf, genesisState, genesisToJson, parseGenesis } from '../../../chain/block/genesis.ts';
import { account, authorities, isBilling, members, parameters, supply } from '../../../chain/queries.ts';
import { toHex } from '../../../core/bytes.ts';
import { publicKeyOf } from '../../../core/sign.ts';
import { golden } from '../../golden.ts';
import { BILLING_TOKENS, genesisOf, keyOf, READER_TOKENS, stateOf } from '../world.ts';

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
      ['name is missing', (value) => delete value.name],
      ['version must be 1', (value) => (value.version = 2)],
      ['name must be text of 1 to 240 bytes', (value) => (value.name = '')],
      ['time must be milliseconds since 1970', (value) => (value.time = -1)],
      ['accounts must be a list', (value) => (value.accounts = {})],
      ['accounts[1].tokens must be a decimal string', (value) => (value.accounts[1].tokens = 5)],
      ['accounts[1].tokens', (value) => (value.accounts[1].tokens = '05')],
      ['accounts[1].tokens', (value) => (value.accounts[1].tokens = String(2n ** 63n))],
      [
        'accounts[1].tokens makes more than 2^63-1',
        (value) => (value.accounts[1].tokens = String(2n ** 63n - 1n)),
      ],
      [
        'accounts[0].key must be 64',
        (value) => (value.accounts[0].key = value.accounts[0].key.toUpperCase()),
      ],
      ['accounts[0].key is not', (value) => (value.accounts[0].key = `01${'00'.repeat(31)}`)],
      ['accounts[1].key is the same key twice', (value) => (value.accounts[0].key = value.accounts[1].key)],
      ['members[0].tracker must be a URL', (value) => (value.members[0].tracker = 'ftp://a')],
      ['members[2].api must be a URL', (value) => (value.members[2].api = 'library.example')],
      [
        'members[1].addresses[0] must be a multiaddr',
        (value) => (value.members[1].addresses = ['192.0.2.1:4645']),
      ],
      [
        'members[1].addresses must be a list of at most 8',
        (value) => (value.members[1].addresses = Array(9).fill('/a')),
      ],
      ['members[0].name must be text', (value) => (value.members[0].name = ' Ann')],
      ['members[0] must be a map of key, name', (value) => (value.members[0] = null)],
      ['members[3].url is not known', (value) => (value.members[3].url = '')],
      ['authorities must name at least one', (value) => (value.authorities = [])],
      ['authorities[0] must be the key of a member', (value) => (value.authorities = [toHex(keyOf('eve'))])],
      ['authorities[3] is the same key twice', (value) => value.authorities.push(value.authorities[0])],
      ['roles[0].key must have an account', (value) => (value.roles[0].key = toHex(keyOf('eve')))],
      ['roles[0].role must be "billing"', (value) => (value.roles[0].role = 'king')],
      [
        'parameters.attestations must be a whole number from 1 to 30',
        (value) => (value.parameters.attestations = 31),
      ],
      [
        'parameters.heartbeatMs must be a whole number from 100 to',
        (value) => (value.parameters.heartbeatMs = '1'),
      ],
      ['parameters.speed is not known', (value) => (value.parameters.speed = 1)],
      ['parameters must be a map', (value) => (value.parameters = [])],
      ['parameters.attestations must not be above', (value) => (value.parameters.attestations = 5)],
    ];
    for (const [words, spoil] of wrong) {
      const spoilt = json();
      spoil(spoilt);
      const verdict = parseGenesis(spoilt);
      expect(verdict).to.include({ kind: 'reject', code: 'genesis.wrong' });
      expect(verdict.kind === 'reject' && verdict.detail).to.contain(words);
    }
    expect(parseGenesis(null)).to.include({ code: 'genesis.wrong' });
    expect(parseGenesis(null)).to.have.property('detail').that.contains('it must be a map of version, name');
  });

  it('genesis.wrong: begins with the path of the field, for every field that there is', () => {
    const whole = json();
    whole.members[0].addresses = ['/ip4/192.0.2.1/tcp/4645'];
    const paths = pathsIn(whole);
    // Each kind of field is there: an added one is looked at without a change here.
    expect(paths.length).to.be.above(50);
    for (const path of paths) {
      for (const value of [null, {}, [], -1, 0.5, true, 'x'.repeat(300), '\u0000', undefined]) {
        const spoilt = structuredClone(whole);
        const last = path.at(-1)!;
        if (value === undefined && typeof last === 'number') continue; // JSON has no holes
        const holder = path.slice(0, -1).reduce((at: Json, step) => at[step], spoilt);
        if (value === undefined) delete holder[last];
        else holder[last] = value;
        const verdict = parseGenesis(spoilt);
        if (verdict.kind === 'accept' && isAllowed(path, value)) continue;
        const named = verdict.kind === 'reject' ? verdict.detail : 'accepted';
        expect(named, `${inWords(path)} = ${JSON.stringify(value)}`).to.satisfy((text: string) =>
          isNamed(text, path),
        );
      }
      const strange = structuredClone(whole);
      const at = path.reduce((one: Json, step) => one[step], strange);
      if (typeof at !== 'object' || Array.isArray(at)) continue;
      at['co\u202elour'] = 1;
      const verdict = parseGenesis(strange);
      const detail = verdict.kind === 'reject' ? verdict.detail : undefined;
      expect(detail).to.match(
        new RegExp(`^${inWords(path).replace(/[[\]]/g, '\\$&')}\\."co.*" is not known`),
      );
    }
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
    const path = join(import.meta.dirname, '..', '..', '..', 'genesis.json');
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

type Path = readonly (string | number)[];

/** Of every field and every entry, those that hold others included. */
function pathsIn(value: Json, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  const below = Object.keys(value).flatMap((name) =>
    pathsIn(value[name], [...at, Array.isArray(value) ? Number(name) : name]),
  );
  return at.length === 0 ? below : [at, ...below];
}

function inWords(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1);
}

/** By its own path, by one in it, or by what is not right any more because of it. */
function isNamed(text: string, path: Path): boolean {
  const [first] = path;
  const own = inWords(path);
  if (text === own || text.startsWith(`${own} `) || text.startsWith(`${own}.`) || text.startsWith(`${own}[`))
    return true;
  // What else names the key: an authority without its member, a role without its account; too few to attest.
  if (first === 'members') return /^(authorities\[\d\] must|parameters\.attestations must not)/.test(text);
  return first === 'accounts' && /^roles\[\d\]\.key must have/.test(text);
}

/** What may be left out, or stand there as well. */
function isAllowed(path: Path, value: unknown): boolean {
  const [first, , third] = path;
  if (first === 'parameters') return value === undefined ? path.length > 1 : path.length === 1;
  return Array.isArray(value) && (first === 'roles' || third === 'addresses');
}
