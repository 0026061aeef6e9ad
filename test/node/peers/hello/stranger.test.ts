/** A node that nobody lets in finds out why, where everybody may ask. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { toHex, utf8 } from '../../../../core/bytes.ts';
import { sha256 } from '../../../../core/hash.ts';
import { limits } from '../../../../core/limits.ts';
import { askApi } from '../../../../node/peers/hello/ask-api.ts';
import { Stranger } from '../../../../node/peers/hello/stranger.ts';
import { keyOf } from '../../../chain/world.ts';
import { type MovingClock, movingClock } from '../../moving-clock.ts';
import { quiet } from '../../replicas.ts';

const CHAIN = sha256(utf8('chain'));
const OTHER_CHAIN = sha256(utf8('other chain'));

describe('a stranger', () => {
  let clock: MovingClock;
  let peers: number;
  let said: string[];
  let takenBack: unknown[];
  let height: number;
  let asked: string[];
  let stranger: Stranger;
  let answers: { status: unknown; members: unknown };

  beforeEach(() => {
    clock = movingClock();
    [peers, height, said, takenBack, asked] = [0, 0, [], [], []];
    const members = ['ann', 'bob'].map((name) => ({ key: toHex(keyOf(name)) }));
    answers = { status: { chain: { id: toHex(CHAIN) } }, members: { members } };
    stranger = new Stranger({
      clock,
      log: {
        ...quiet,
        error: (message) => void said.push(message),
        warn: (_, data) => void takenBack.push(data?.code),
      },
      key: keyOf('eve'),
      chainId: CHAIN,
      peers: () => peers,
      height: () => height,
      members: () => [
        { key: keyOf('eve'), api: 'http://eve.example' },
        { key: keyOf('ann'), api: 'http://ann.example' },
        { key: keyOf('bob'), api: '' },
      ],
      async ask(api, call) {
        asked.push(`${api} ${call}`);
        return answers[call];
      },
    });
    stranger.start();
  });
  afterEach(() => stranger.stop());

  async function pass(ms: number): Promise<void> {
    clock.pass(ms);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }

  it('member.unknown: says what to do after ten seconds, once', async () => {
    await pass(limits.strangerMs - 1);
    expect(asked).to.deep.equal([]);
    await pass(1);
    expect(asked).to.deep.equal(['http://ann.example status', 'http://ann.example members']);
    expect(said).to.have.length(1);
    expect(said[0]).to.match(/^member\.unknown: .*node\.key.*add-member/);
    await pass(5 * limits.helloEveryMs);
    expect(said).to.have.length(1);
    expect(asked).to.have.length(12);
  });

  it('member.unknown: not by the word of one that has yet to hear of this key itself', async () => {
    const { chain } = answers.status as { chain: object };
    answers.status = { chain, height: 0, not_ready: ['blocks-missing'] };
    await pass(limits.strangerMs);
    height = 5;
    answers.status = { chain, height: 4, not_ready: [] };
    await pass(limits.helloEveryMs);
    expect(asked).to.have.length(4);
    expect(said).to.deep.equal([]);
    answers.status = { chain, height: 5, not_ready: [] };
    await pass(limits.helloEveryMs);
    expect(said).to.have.length(1);
  });

  it('takes back what it has said, once, as soon as somebody lets it in', async () => {
    await pass(limits.strangerMs);
    expect(takenBack).to.deep.equal([]);
    peers = 1;
    await pass(5_000);
    expect(takenBack).to.deep.equal(['member.unknown']);
    peers = 0;
    await pass(limits.strangerMs);
    expect(said, 'it is said again when it is so again').to.have.length(2);
  });

  it('chain.other: says so, also when its key is known there', async () => {
    answers.status = { chain: { id: toHex(OTHER_CHAIN) } };
    await pass(limits.strangerMs);
    expect(said).to.have.length(1);
    expect(said[0]).to.match(/^chain\.other: .*genesis/);
  });

  it('member.unreachable: it is known there, and yet no line to anybody can be opened', async () => {
    answers.members = { members: [{ key: toHex(keyOf('eve')) }] };
    await pass(limits.strangerMs);
    expect(said).to.have.length(1);
    expect(said[0]).to.match(/^member\.unreachable: .*port/);
  });

  it('says nothing while somebody is there, or when nobody answers', async () => {
    peers = 1;
    await pass(3 * limits.helloEveryMs);
    expect(asked).to.deep.equal([]);
    peers = 0;
    for (const status of [undefined, 'x', {}, { chain: { id: 7 } }, { chain: { id: 'x'.repeat(64) } }]) {
      answers.status = status;
      await pass(limits.helloEveryMs);
    }
    expect(said).to.deep.equal([]);
  });

  describe('that asks over HTTP', () => {
    let server: Server;
    let body: string;
    let url: string;
    before(async () => {
      server = createServer((request, response) => {
        if (request.url === '/moved/api/status') response.writeHead(302, { location: '/api/status' });
        if (request.url === '/broken/api/status') response.writeHead(500);
        response.end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => void server.close());

    it('takes a short answer in JSON, and nothing else', async () => {
      body = '{"chain":{}}';
      expect(await askApi(`${url}/`, 'status')).to.deep.equal({ chain: {} });
      for (const path of ['/moved', '/broken'])
        expect(await askApi(url + path, 'status')).to.equal(undefined);
      expect(await askApi('http://127.0.0.1:1', 'status')).to.equal(undefined);
      expect(await askApi('not a URL', 'status')).to.equal(undefined);
      body = '<html>';
      expect(await askApi(url, 'status')).to.equal(undefined);
      body = `"${'x'.repeat(limits.apiAnswerBytesMax)}"`;
      expect(await askApi(url, 'status')).to.equal(undefined);
    });
  });
});
