/**
 * Every format in which a stranger's bytes reach a library: members' streams and gossip, readers' files and announces, proofs;
 * and what a library keeps of an upload, of which a reader has chosen the most.
 */

import { decodeBlock, decodeHeader, encodeBlock, encodeHeader } from '../../chain/block/block.ts';
import type { Genesis } from '../../chain/block/genesis.ts';
import { decodeGenesis, encodeGenesis } from '../../chain/block/genesis-bytes.ts';
import { RULES_VERSION } from '../../chain/block/version.ts';
import { soughtPurchase } from '../../chain/files/sought.ts';
import { decodeProof, encodeProof, prove } from '../../chain/state/proof.ts';
import { decodeTransaction, encodeTransaction } from '../../chain/transaction/transaction.ts';
import { decodeEvidence, encodeEvidence } from '../../consensus/evidence.ts';
import { decodeMessage, encodeMessage, type Message } from '../../consensus/messages.ts';
import { fromUtf8, toHex, utf8 } from '../../core/bytes.ts';
import { createSigner } from '../../core/crypto-node.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { decodeLightProof, decodeSeal, encodeLightProof, encodeSeal } from '../../light/light-proof.ts';
import { decodeTrusted, encodeTrusted } from '../../light/trusted.ts';
import * as content from '../../node/content/messages.ts';
import { decodeReview, encodeReview } from '../../node/content/review/review-record.ts';
import { decodeIntake, encodeIntake, type Intake } from '../../node/content/uploads/intake.ts';
import { decodeAnswer, encodeAnswer } from '../../node/engine/amnesia/vote-report.ts';
import { decodeFrame, encodeFrame } from '../../node/engine/frames.ts';
import * as ledger from '../../node/ledger/messages.ts';
import * as mempool from '../../node/mempool/messages.ts';
import {
  BOOT_BYTES,
  decodeHello,
  decodeAnswer as decodeHelloAnswer,
  encodeHello,
  encodeAnswer as encodeHelloAnswer,
  type Hello,
  hashToSign,
} from '../../node/peers/hello/message.ts';
import * as snapshots from '../../node/sync/snapshot/protocol.ts';
import { buildTorrent } from '../../torrent/build.ts';
import { decodeMetainfo, encodeMetainfo } from '../../torrent/metainfo.ts';
import { adopt, parseTorrent } from '../../torrent/parse.ts';
import { parseAnnounce, parseScrape } from '../../tracker/http/query.ts';
import { issue, open } from '../../tracker/pass/pass.ts';
import { samplesFor } from '../chain/samples.ts';
import { hashOf, infoHashesOf, keyOf, seedOf } from '../chain/world.ts';
import { child, Driver } from '../consensus/driver.ts';
import { FinalWorld } from '../light/final-world.ts';
import { CHAIN_ID, identity, metainfoOf, NOW, vectorBytes } from '../tracker/world.ts';
import type { Format } from './format.ts';

export function allFormats(): readonly Format[] {
  return [
    ...chainFormats(),
    ...consensusFormats(),
    ...memberFormats(),
    ...questionFormats(),
    ...trackerFormats(),
    intakeFormat(),
    reviewFormat(),
  ];
}

const MEMBERS = 4;
const PASS_EXPIRES = NOW / 1_000 + 60;

function finalWorld(): FinalWorld {
  const final = new FinalWorld();
  const { world } = final;
  final.run([world.register('new'), world.register('other')]);
  final.elect(['ann', 'bob', 'dan']);
  final.run([world.register('late')]);
  return final;
}

function chainFormats(): Format[] {
  const final = finalWorld();
  const { world } = final;
  const blocks = world.blocks.map(({ block }) => block);
  const key = world.blocks[0]!.writes[0]!.key;
  const proofs = [
    final.proofOf({ key }),
    final.proofOf({ key: hashOf('nothing') }),
    final.proofOf(soughtPurchase(hashOf('book'), keyOf('new'))),
    final.inclusionOf(world.blocks[0]!, world.blocks[0]!.transactions[0]!.id),
  ];
  return [
    {
      name: 'transaction',
      samples: samplesFor(world.chainId).map(encodeTransaction),
      decode: (bytes) => decodeTransaction(bytes, RULES_VERSION),
      encode: encodeTransaction,
    },
    {
      name: 'header',
      samples: blocks.map(({ header }) => encodeHeader(header)),
      decode: decodeHeader,
      encode: encodeHeader,
    },
    { name: 'block', samples: blocks.map(encodeBlock), decode: decodeBlock, encode: encodeBlock },
    {
      name: 'genesis',
      samples: [world.genesis, smallGenesis(world.genesis)].map(encodeGenesis),
      decode: decodeGenesis,
      encode: encodeGenesis,
    },
    {
      name: 'state-proof',
      samples: [key, hashOf('nothing')].map((one) => encodeProof(prove(world.state, one))),
      decode: decodeProof,
      encode: encodeProof,
    },
    {
      name: 'light-proof',
      samples: proofs.map(encodeLightProof),
      decode: decodeLightProof,
      encode: encodeLightProof,
    },
    { name: 'seal', samples: final.seals.map(encodeSeal), decode: decodeSeal, encode: encodeSeal },
    {
      name: 'trusted',
      samples: [final.genesis, final.trustHead()].map(encodeTrusted),
      decode: decodeTrusted,
      encode: encodeTrusted,
    },
  ];
}

/** One of each kind: to check a key takes long, and most mutants of a large genesis only show the same again. */
function smallGenesis(genesis: Genesis): Genesis {
  const members = genesis.members.slice(0, 1);
  const accounts = genesis.accounts.slice(0, 1).map(({ key }) => ({ key, tokens: 5n }));
  const roles = accounts.map(({ key }) => ({ key, role: 'billing' as const }));
  return { ...genesis, accounts, members, authorities: members.map(({ key }) => key), roles };
}

function consensusFormats(): Format[] {
  const driver = new Driver(MEMBERS);
  const [block, rival] = [child(), child(undefined, 'another')];
  const messages: Message[] = [
    driver.proposal(1, block),
    driver.notarize(2, 1, block),
    driver.nullify(3, 7),
    driver.finalize(2, 1, block),
    driver.notarization(1, block),
    driver.nullification(7),
    driver.finalization(1, block),
    { kind: 'request', epoch: 0, firstView: 3, lastView: 9 },
  ];
  const evidence = [
    { first: driver.notarize(2, 1, block), second: driver.notarize(2, 1, rival) },
    { first: driver.nullify(2, 1), second: driver.finalize(2, 1, block) },
  ];
  const answer = {
    epoch: 0,
    certificate: driver.finalization(1, block),
    seals: false,
    votes: [driver.nullify(3, 7)],
    sure: true,
  };
  const frames = messages.map((message) => encodeFrame('consensus', encodeMessage(message)));
  return [
    {
      name: 'consensus-message',
      samples: messages.map(encodeMessage),
      decode: decodeMessage,
      encode: encodeMessage,
    },
    {
      name: 'evidence',
      samples: evidence.map(encodeEvidence),
      decode: decodeEvidence,
      encode: encodeEvidence,
    },
    {
      name: 'vote-report',
      samples: [encodeAnswer(answer), encodeAnswer({ ...answer, certificate: undefined })],
      decode: decodeAnswer,
      encode: encodeAnswer,
    },
    { name: 'frame', samples: frames, decode: (bytes) => orReject(decodeFrame(bytes)) },
  ];
}

function memberFormats(): Format[] {
  const final = finalWorld();
  const { world } = final;
  const [hash, block] = [hashOf('x'), encodeBlock(world.blocks[0]!.block)];
  const transactions = samplesFor(world.chainId).map(encodeTransaction);
  const certificate = encodeMessage(final.seals[0]!.finalization);
  const range = [
    { block, certificate: undefined },
    { block, certificate },
  ];
  const entries = {
    entries: world.blocks[0]!.writes.map(({ key, value }) => [key, value ?? key] as const),
    last: true,
  };
  const requests: snapshots.SnapshotRequest[] = [
    { kind: 'offer', above: 7 },
    { kind: 'seals', from: 3 },
    { kind: 'headers', from: 3 },
    { kind: 'pages', block: hash, path: [1, 2, 15] },
    { kind: 'entries', block: hash, from: hash },
  ];
  return [
    {
      name: 'gossip-batch',
      samples: [mempool.encodeBatch({ salt: new Uint8Array(8), transactions })],
      decode: mempool.decodeBatch,
      encode: mempool.encodeBatch,
    },
    {
      name: 'head',
      samples: [ledger.encodeHead({ height: 7, hash })],
      decode: ledger.decodeHead,
      encode: ledger.encodeHead,
    },
    {
      name: 'want',
      samples: [
        content.encodeWant({
          file: hash,
          infoHash: hash.subarray(0, 20),
          toldMs: 9,
          by: hash,
          signature: new Uint8Array(64),
        }),
      ],
      decode: content.decodeWant,
      encode: content.encodeWant,
    },
    {
      name: 'range-request',
      samples: [ledger.encodeRangeRequest({ from: 1, count: 64 })],
      decode: ledger.decodeRangeRequest,
    },
    { name: 'range', samples: [ledger.encodeRange(range)], decode: ledger.decodeRange },
    {
      name: 'snapshot-request',
      samples: requests.map(snapshots.encodeSnapshotRequest),
      decode: snapshots.decodeSnapshotRequest,
      encode: snapshots.encodeSnapshotRequest,
    },
    {
      name: 'snapshot-offer',
      samples: [snapshots.encodeOffer(block, certificate)],
      decode: snapshots.decodeOffer,
    },
    {
      name: 'snapshot-seals',
      samples: [snapshots.encodeSeals(final.seals)],
      decode: snapshots.decodeSeals,
      encode: snapshots.encodeSeals,
    },
    {
      name: 'snapshot-headers',
      samples: [snapshots.encodeHeaders(world.blocks.map((one) => one.block.header))],
      decode: snapshots.decodeHeaders,
      encode: snapshots.encodeHeaders,
    },
    {
      name: 'snapshot-pages',
      samples: [snapshots.encodePages(world.blocks[0]!.tree.put.map(([, page]) => page))],
      decode: snapshots.decodePages,
      encode: snapshots.encodePages,
    },
    {
      name: 'snapshot-entries',
      samples: [snapshots.encodeEntries(entries)],
      decode: snapshots.decodeEntries,
    },
  ];
}

/** What members ask each other beside blocks. A metainfo is among the tracker's formats; what shows that one holds it is a hash. */
function questionFormats(): Format[] {
  const [file, nonce] = [hashOf('file'), hashOf('nonce')];
  const hello = helloOf('ann', []);
  const twins = [1, 2].map((boot) => helloOf('bob', [bootOf(boot)]));
  return [
    {
      name: 'hello',
      samples: [hello, ...twins].map(encodeHello),
      decode: decodeHello,
      encode: encodeHello,
    },
    {
      name: 'hello-answer',
      samples: [
        { own: hello, seen: [] },
        { own: hello, seen: twins },
      ].map(encodeHelloAnswer),
      decode: decodeHelloAnswer,
      encode: encodeHelloAnswer,
    },
    {
      name: 'holds-question',
      samples: [content.encodeHoldsQuestion({ hash: file, nonce })],
      decode: content.decodeHoldsQuestion,
      encode: content.encodeHoldsQuestion,
    },
    {
      name: 'metainfo-question',
      samples: [file],
      decode: content.decodeHash,
      encode: (hash: Uint8Array) => hash,
    },
  ];
}

function bootOf(number: number): Uint8Array {
  return new Uint8Array(BOOT_BYTES).fill(number);
}

function helloOf(name: string, heard: readonly Uint8Array[]): Hello {
  const unsigned = {
    ...{ chain: CHAIN_ID, key: keyOf(name), boot: bootOf(9), heard },
    ...{ time: NOW, height: 7, rules: 1, program: '0.1.0' },
  };
  return { ...unsigned, signature: createSigner(seedOf(name))(hashToSign(unsigned)) };
}

/** Uploads that a library keeps, in each of their states. */
function intakeFormat(): Format {
  const intake: Intake = {
    ...{ hash: hashOf('file'), key: keyOf('reader'), size: 2n ** 40n, name: 'Büchlein.epub' },
    signature: new Uint8Array(64).fill(7),
    ...{ expires: NOW / 1_000 + 60, lapses: NOW + 60_000, until: NOW + 60_000 },
    infoHashes: infoHashesOf('file'),
    ...{ address: '7f000001', byPage: false, paid: true, seeded: false },
    ...{ state: 'waiting', code: 'upload.daily-cap' },
  };
  const [first] = intake.infoHashes;
  const samples: readonly Intake[] = [
    intake,
    { ...intake, state: 'fetching', seeded: true, code: undefined, infoHashes: [first!] },
    { ...intake, state: 'available', code: undefined, expires: undefined },
    { ...intake, state: 'refused', code: 'upload.too-slow' },
    { ...intake, state: 'in-review', code: undefined, reviewSince: NOW },
    { ...intake, state: 'refused', code: 'upload.declined', reason: 'Not this one.' },
  ];
  return { name: 'intake', samples: samples.map(encodeIntake), decode: decodeIntake, encode: encodeIntake };
}

function reviewFormat(): Format {
  const which = { hash: hashOf('file'), sponsor: keyOf('library'), pendingSince: NOW - 1, since: NOW };
  const decisions = ['coming', 'waiting', 'accepted'] as const;
  const declined = { ...which, decision: 'declined', reason: 'Not this one.' } as const;
  const samples = [...decisions.map((decision) => ({ ...which, decision })), declined].map(encodeReview);
  return { name: 'review', samples, decode: decodeReview, encode: encodeReview };
}

function trackerFormats(): Format[] {
  const [issuer, reader] = [identity(1), identity(2)];
  const chain = toHex(CHAIN_ID);
  const pass = issue(issuer, chain, reader.key, hashOf('file'), PASS_EXPIRES);
  const metainfos = [1, 100_000, 3_000_000].map((size) => metainfoOf(vectorBytes(size), 'Büchlein.epub'));
  const urls = ['http://127.0.0.1:6969/announce/x', 'http://127.0.0.1:6970/announce/y'];
  const torrents = metainfos.flatMap((metainfo) =>
    (['v1', 'v2', 'hybrid'] as const).map((format) =>
      buildTorrent(metainfo, 'Test Federation', format, urls),
    ),
  );
  const infoHash = toHex(keyOf('reader').subarray(0, 20)).replace(/../g, '%$&');
  const announce = `info_hash=${infoHash}&peer_id=-XX0001-abcdefabcdef&port=6881&uploaded=0&downloaded=0&left=1`;
  const isMember = (key: Uint8Array): boolean => toHex(key) === toHex(issuer.key);
  return [
    {
      name: 'metainfo',
      samples: metainfos.map(encodeMetainfo),
      decode: decodeMetainfo,
      encode: encodeMetainfo,
    },
    { name: 'torrent', samples: torrents, decode: parseAndAdopt },
    {
      name: 'pass',
      samples: [utf8(pass)],
      decode: (bytes) => textual(bytes, (text) => open(text, chain, NOW, isMember)),
    },
    {
      name: 'announce',
      samples: [utf8(announce), utf8(`${announce}&compact=1&numwant=50&event=started&ip=::1`)],
      decode: (bytes) => textual(bytes, parseAnnounce),
    },
    {
      name: 'scrape',
      samples: [utf8(`info_hash=${infoHash}&info_hash=${infoHash}`)],
      decode: (bytes) => textual(bytes, parseScrape),
    },
  ];
}

/** What is parsed is adopted for some file; that it is not of this one is no matter here. */
function parseAndAdopt(bytes: Uint8Array): Verdict<unknown> {
  const parsed = parseTorrent(bytes);
  if (parsed.kind === 'accept') adopt(parsed.value, hashOf('file'));
  return parsed;
}

/** Query strings and paths come as text; what is no UTF-8 comes as Latin-1, as Node's HTTP server gives it. */
function textual(bytes: Uint8Array, parse: (text: string) => Verdict<unknown>): Verdict<unknown> {
  return parse(fromUtf8(bytes) ?? Buffer.from(bytes).toString('latin1'));
}

function orReject(value: unknown): Verdict<unknown> {
  return value === undefined ? reject('codec.malformed') : accept(value);
}
