import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { developmentGenesis } from '../../../chain/block/development.ts';
import { genesisToJson } from '../../../chain/block/genesis.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import { openHome, readHome } from '../../../node/home/home.ts';
import { describeOption, isLoopback, readConfig } from '../../../node/process/config.ts';
import { systemRandom } from '../../../node/process/system.ts';
import { genesisOf } from '../../chain/world.ts';

const NOW = Date.UTC(2026, 5, 1);

describe('config', () => {
  it('has defaults on the loopback address', () => {
    const config = readConfig({}, {});
    expect(config).to.include({ host: '127.0.0.1', httpPort: 8645, p2pPort: 4645, trackerPort: 6969 });
  });

  it('takes the environment over the defaults, and flags over the environment', () => {
    const environment = { DIGITALLIB_HTTP_PORT: '1', DIGITALLIB_P2P_PORT: '2', DIGITALLIB_LOG_LEVEL: '' };
    const config = readConfig({ 'http-port': '3' }, environment);
    expect(config).to.include({ httpPort: 3, p2pPort: 2, logLevel: 'warn' });
  });

  it('names the option that is wrong', () => {
    const wrong: Record<string, string>[] = [
      { 'http-port': '70000' },
      { 'http-port': 'x' },
      { 'log-level': 'loud' },
      { replicate: 'maybe' },
      { 'tracker-url': 'ftp://x' },
      { 'allowed-hosts': 'https://library.example' },
      { 'allowed-hosts': 'library.example:8645' },
      { 'allowed-origins': 'library.example' },
      { 'allowed-origins': 'https://library.example/' },
      { 'metrics-port': '65536' },
      { nonsense: '1' },
      { checkpoint: '12' },
      { host: 'library.example' },
      { host: '300.0.0.1' },
      { host: '' },
    ];
    for (const flags of wrong) {
      expect(() => readConfig(flags, {}), JSON.stringify(flags))
        .to.throw(Fault)
        .with.property('code', 'config.invalid');
    }
  });

  it('lets fifty days gather on a card where only the allowance is said, as far as numbers go', () => {
    const terms = (flags: Record<string, string>) => {
      const { cardAllowance, cardCeiling } = readConfig(flags, {});
      return [cardAllowance, cardCeiling];
    };
    expect(terms({})).to.deep.equal([20_000_000, 1_000_000_000]);
    expect(terms({ 'card-allowance': '300' })).to.deep.equal([300, 15_000]);
    expect(terms({ 'card-allowance': '300', 'card-ceiling': '301' })).to.deep.equal([300, 301]);
    const most = Number.MAX_SAFE_INTEGER;
    expect(terms({ 'card-allowance': `${most}` })).to.deep.equal([most, most]);
  });

  it('takes bytes and percents of cards as whole numbers only, and nothing is not 0', () => {
    for (const name of ['card-allowance', 'card-ceiling']) {
      for (const text of ['20MB', '', '1.5', '-1']) {
        expect(() => readConfig({ [name]: text }, {}), text).to.throw(
          `--${name}: not a whole number of bytes, such as 20000000`,
        );
      }
      expect(() => readConfig({ [name]: '0' }, {})).to.throw(Fault);
    }
    for (const text of ['', '20%', 'x']) {
      expect(() => readConfig({ 'card-open-percent': text }, {}), text).to.throw(
        '--card-open-percent: not a whole number of percent',
      );
    }
    expect(() => readConfig({ 'card-open-percent': '101' }, {})).to.throw(Fault);
    expect(readConfig({ 'card-open-percent': '0' }, {}).cardOpenPercent).to.equal(0);
  });

  it('takes addresses to listen on, and localhost for one of them', () => {
    for (const host of ['127.0.0.1', '0.0.0.0', '::', '192.0.2.1', '2001:db8::1']) {
      expect(readConfig({ host }, {}).host).to.equal(host);
    }
    expect(readConfig({ host: 'localhost' }, {}).host).to.equal('127.0.0.1');
    expect(() => readConfig({ host: 'library.example' }, {})).to.throw(
      '--host: not an IP address of this machine, such as 127.0.0.1, 0.0.0.0 (all of IPv4) or :: (all): library.example',
    );
  });

  it('takes names and origins between commas', () => {
    const config = readConfig({
      'allowed-hosts': 'Library.example, books.example',
      'allowed-origins': 'https://app.example,http://app.example:8080',
    });
    expect(config.allowedHosts).to.deep.equal(['library.example', 'books.example']);
    expect(config.allowedOrigins).to.deep.equal(['https://app.example', 'http://app.example:8080']);
    expect(readConfig({ 'allowed-origins': '*' }).allowedOrigins).to.deep.equal(['*']);
    expect(readConfig({})).to.deep.include({ allowedHosts: [], allowedOrigins: [], metricsPort: undefined });
  });

  it('tells people what an option is, and its default', () => {
    expect(describeOption('http-port')).to.equal('port of the API (default 8645)');
    expect(describeOption('blocks-kept')).to.match(/\(default all\)$/);
    for (const name of ['peers', 'tracker-url', 'checkpoint'] as const) {
      expect(describeOption(name)).not.to.include('default');
    }
  });

  it('knows what only this machine can reach', () => {
    for (const host of ['127.0.0.1', '127.9.8.7', 'localhost', '::1'])
      expect(isLoopback(host), host).to.equal(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'example.org', '127.0.0.1.example.org']) {
      expect(isLoopback(host), host).to.equal(false);
    }
  });
});

describe('a home', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'digitallib-home-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const configOf = (flags: Record<string, string> = {}) =>
    readConfig({ home: join(folder, 'home'), ...flags }, {});

  it('is made on first use, and stays what it is', () => {
    const genesis = join(folder, 'genesis.json');
    writeFileSync(genesis, JSON.stringify(genesisToJson(genesisOf())));
    const first = openHome(configOf({ genesis }), systemRandom, NOW);
    expect(statSync(join(folder, 'home', 'node.key')).mode & 0o777).to.equal(0o600);
    const again = openHome(configOf(), systemRandom, NOW);
    expect(again.seed).to.deep.equal(first.seed);
    expect(again.genesis).to.deep.equal(first.genesis);
  });

  it('refuses to show development keys to anybody but this machine', () => {
    expect(developmentGenesis().authorities.length).to.equal(1);
    expect(openHome(configOf(), systemRandom, NOW).genesis.name).to.equal(developmentGenesis().name);
    for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
      expect(() => openHome(configOf({ host }), systemRandom, NOW), host).to.throw(Fault, 'development keys');
    }
  });

  it('keeps nothing of a start that is refused, so that the next one may come with another genesis', () => {
    const home = join(folder, 'other');
    const refused = configOf({ home, host: '0.0.0.0' });
    expect(() => openHome(refused, systemRandom, NOW)).to.throw(Fault, 'development keys');
    expect(readdirSync(home)).to.deep.equal([]);
  });

  it('genesis.to-come: a genesis ahead of this clock begins no ledger, and nothing is kept of it', () => {
    const genesis = join(folder, 'genesis.json');
    const at = (aheadMs: number): void =>
      writeFileSync(genesis, JSON.stringify(genesisToJson({ ...genesisOf(), time: NOW + aheadMs })));
    const open = () => openHome(configOf({ genesis }), systemRandom, NOW);
    for (const [aheadMs, words] of [
      [limits.genesisAheadMsMax + 1, '1 min 1 s ahead of this clock, 00:01:00 UTC; at most 1 min'],
      [3_600_000, '1 h ahead of this clock, 01:00:00 UTC'],
      [Number.MAX_SAFE_INTEGER - NOW, 'a year that no calendar has'],
    ] as const) {
      at(aheadMs);
      expect(open)
        .to.throw(Fault, 'the field "time" of the genesis')
        .with.property('code', 'genesis.to-come');
      expect(open).to.throw(words);
      expect(readdirSync(join(folder, 'home'))).to.deep.equal([]);
    }
    at(limits.genesisAheadMsMax);
    expect(open().genesis.time).to.equal(NOW + limits.genesisAheadMsMax);
  });

  it('goes on with a clock that is slow once its ledger has begun', () => {
    openHome(configOf(), systemRandom, NOW);
    mkdirSync(join(folder, 'home', 'chain'));
    expect(openHome(configOf(), systemRandom, 0).genesis.name).to.equal(developmentGenesis().name);
  });

  it('refuses a genesis of another chain than its own, and does without one that has gone', () => {
    const genesis = join(folder, 'genesis.json');
    writeFileSync(genesis, JSON.stringify(genesisToJson(genesisOf())));
    openHome(configOf({ genesis }), systemRandom, NOW);
    writeFileSync(genesis, JSON.stringify(genesisToJson({ ...genesisOf(), name: 'another federation' })));
    expect(() => openHome(configOf({ genesis }), systemRandom, NOW)).to.throw(Fault, 'belongs to chain');
    rmSync(genesis);
    expect(openHome(configOf({ genesis }), systemRandom, NOW).genesis.name).to.equal(genesisOf().name);
  });

  it('names the genesis that is damaged: its own, whatever else is named, with what to do; or the one that is named', () => {
    const named = join(folder, 'named.json');
    writeFileSync(named, JSON.stringify(genesisToJson(genesisOf())));
    const own = join(folder, 'home', 'genesis.json');
    const open = () => openHome(configOf({ genesis: named }), systemRandom, NOW);
    open();
    const whole = readFileSync(own, 'utf8');
    for (const damage of [whole.slice(0, 40), '', '{}']) {
      writeFileSync(own, damage);
      for (const start of [
        open,
        () => openHome(configOf(), systemRandom, NOW),
        () => readHome(join(folder, 'home')),
      ]) {
        expect(start).to.throw(
          Fault,
          /^\S+home\/genesis\.json is not JSON.* copy of theirs there|^the genesis at \S+home\/genesis\.json is not valid.* copy of theirs there/,
        );
        expect(start).not.to.throw(named);
      }
    }
    writeFileSync(own, whole);
    writeFileSync(named, '{');
    expect(open).to.throw(Fault, `${named} is not JSON`);
    expect(open).not.to.throw('put a copy');
  });

  it('says which file cannot be read', () => {
    const genesis = join(folder, 'genesis.json');
    expect(() => openHome(configOf({ genesis }), systemRandom, NOW)).to.throw(Fault, 'there is no genesis');
    for (const device of ['/dev/zero', '/dev/null']) {
      expect(() => openHome(configOf({ genesis: device }), systemRandom, NOW)).to.throw(
        Fault,
        'is not a file',
      );
    }
    writeFileSync(genesis, '{');
    expect(() => openHome(configOf({ genesis }), systemRandom, NOW)).to.throw(Fault, 'not JSON');
    writeFileSync(genesis, '{}');
    expect(() => openHome(configOf({ genesis }), systemRandom, NOW)).to.throw(Fault, 'not valid');
    const config = configOf();
    openHome(config, systemRandom, NOW);
    writeFileSync(join(config.home, 'node.key'), 'short');
    expect(() => openHome(config, systemRandom, NOW)).to.throw(Fault, '64 hex characters');
    expect(readFileSync(join(config.home, 'node.key'), 'utf8')).to.equal('short');
  });
});
