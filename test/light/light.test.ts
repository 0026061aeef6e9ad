/** The light client: what it believes, and above all what it does not. */
import { expect } from 'chai';
import fc from 'fast-check';
import { headerHash } from '../../chain/block/block.ts';
import type { Executed } from '../../chain/block/execute.ts';
import { encodeGenesis } from '../../chain/block/genesis-bytes.ts';
import { RULES_VERSION } from '../../chain/block/version.ts';
import { type Sought, soughtPurchase } from '../../chain/files/sought.ts';
import { accountKey } from '../../chain/state/keys.ts';
import { signersOf } from '../../consensus/certificate.ts';
import type { Bytes } from '../../core/bytes.ts';
import { decode, encode } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import type { Verdict } from '../../core/verdict.ts';
import { anchorOf, type Trust } from '../../light/anchor.ts';
import { decodeLightProof, encodeLightProof, type LightProof } from '../../light/light-proof.ts';
import { decodeTrusted, encodeTrusted, trustGenesis, trustHeader } from '../../light/trusted.ts';
import { verifyInclusion, verifyLight, verifyState } from '../../light/verify.ts';
import { genesisOf, hashOf, idOf, keyOf, World } from '../chain/world.ts';
import { FinalWorld, finalize, rememberingVerifier } from './final-world.ts';

const verify = rememberingVerifier();
const bought = soughtPurchase(hashOf('book'), keyOf('reader'));
const notBought = soughtPurchase(hashOf('other book'), keyOf('reader'));

/** Three epochs, a purchase in the second, two blocks after the last change. */
function history(): FinalWorld {
  const final = new FinalWorld(3);
  final.run([final.world.upload('book', 10n)]);
  final.elect(['ann', 'bob', 'cid', 'dan']);
  final.run([final.world.download('book')]);
  final.elect(['bob', 'cid']);
  final.run();
  final.run([final.world.register('eve', 'bob')]);
  return final;
}

function codeOf(verdict: Verdict<unknown>): string {
  return verdict.kind === 'accept' ? 'accept' : verdict.code;
}

/** What a stranger does who has nothing but a reason to trust and some bytes. */
function judge(trust: Trust, bytes: Bytes, sought: Sought): string {
  const proof = decodeLightProof(bytes);
  if (proof.kind !== 'accept') return codeOf(proof);
  const anchor = anchorOf(trust, proof.value);
  return anchor.kind === 'accept'
    ? codeOf(verifyState(anchor.value, proof.value, sought, verify))
    : codeOf(anchor);
}

describe('light client', () => {
  const final = history();
  const { genesis } = final;
  const proof = final.proofOf(bought);
  const check = (changed: Partial<LightProof>, sought: Sought = bought) =>
    codeOf(verifyState(genesis, { ...proof, ...changed }, sought, verify));

  it('follows the sets of authorities from the genesis and tells what is and what is not', () => {
    const there = verifyState(genesis, proof, bought, verify);
    expect(there).to.have.nested.property('value.value').that.deep.equals(encode(3));
    expect(proof.seals).to.have.length(2);
    const absent = verifyState(genesis, final.proofOf(notBought), notBought, verify);
    expect(absent).to.have.nested.property('value.value', undefined);
    expect(absent).to.have.nested.property('value.trusted.hash').that.deep.equals(final.world.state.hash);
  });

  it('goes on from any header that it has proved, from one to the next', () => {
    const world = new FinalWorld(4);
    let trusted = world.genesis;
    for (const names of [['ann'], ['ann', 'bob', 'cid', 'dan'], undefined, ['bob', 'cid'], undefined]) {
      if (names === undefined) world.run();
      else world.elect(names);
      const verdict = verifyState(trusted, world.proofOf(notBought, trusted), notBought, verify);
      if (verdict.kind !== 'accept') throw new Error(verdict.code);
      trusted = verdict.value.trusted;
      expect(trusted).to.deep.equal(world.trustHead());
      expect(decodeTrusted(encodeTrusted(trusted))).to.deep.equal({ kind: 'accept', value: trusted });
    }
  });

  it('proves against the trusted header itself, without a certificate', () => {
    const head = final.trustHead();
    const same = final.proofOf(bought, head);
    expect(same).to.deep.include({ seals: [], finalization: undefined });
    expect(codeOf(verifyState(head, same, bought, verify))).to.equal('accept');
    const first = new FinalWorld();
    expect(codeOf(verifyState(first.genesis, first.proofOf(bought), bought, verify))).to.equal('accept');
  });

  it('finds a transaction in its block, whose descendant carries the certificate', () => {
    const world = new FinalWorld(4);
    const transactions = Array.from({ length: 7 }, (_, i) => world.world.register(`reader ${i}`));
    const executed = world.run(transactions);
    world.run();
    world.run();
    for (const transaction of transactions) {
      const found = world.inclusionOf(executed, idOf(transaction));
      expect(found.headers).to.have.length(3);
      expect(codeOf(verifyInclusion(world.genesis, found, idOf(transaction), verify))).to.equal('accept');
      expect(codeOf(verifyInclusion(world.genesis, found, hashOf('another'), verify))).to.equal(
        'proof.wrong',
      );
    }
    const [transaction] = transactions;
    const found = world.inclusionOf(executed, idOf(transaction!));
    const cut = { ...found, headers: found.headers.slice(1) };
    expect(codeOf(verifyInclusion(world.genesis, cut, idOf(transaction!), verify))).to.equal('proof.wrong');
  });

  it('begins with nothing but the chain id when the proof brings the genesis along', () => {
    const bytes = encodeGenesis(final.world.genesis);
    const { chainId } = final.world;
    const trust: Trust = { kind: 'chain', chainId };
    expect(judge(trust, encodeLightProof({ ...proof, genesis: bytes }), bought)).to.equal('accept');
    expect(judge(trust, encodeLightProof(proof), bought)).to.equal('proof.wrong');
    const other = encodeGenesis({ ...final.world.genesis, name: 'Another' });
    expect(judge(trust, encodeLightProof({ ...proof, genesis: other }), bought)).to.equal('proof.wrong');
    const known: Trust = { kind: 'genesis', genesis: final.world.genesis };
    expect(judge(known, encodeLightProof(proof), bought)).to.equal('accept');
    expect(judge(known, encodeLightProof({ ...proof, genesis: other }), bought)).to.equal('proof.wrong');
  });

  it('proof.partial: a proof that leads a part of the way, which is a step all the same', () => {
    const [first] = final.seals;
    const part = { ...final.leadTo(first!.header, genesis, undefined) };
    expect(codeOf(verifyState(genesis, part, bought, verify))).to.equal('proof.partial');
    expect(codeOf(verifyInclusion(genesis, part, hashOf('x'), verify))).to.equal('proof.partial');
    const step = verifyLight(genesis, part, verify);
    if (step.kind !== 'accept') throw new Error(step.code);
    const rest = final.proofOf(bought, step.value.trusted);
    expect(rest.seals).to.have.length(1);
    expect(codeOf(verifyState(step.value.trusted, rest, bought, verify))).to.equal('accept');
  });

  it('consensus.not-enough-signers: a certificate of q−1', () => {
    const finalization = proof.finalization!;
    const n = final.setOf(2).length;
    const [signer] = signersOf(finalization.signers, n)!;
    const signers = Uint8Array.from(finalization.signers);
    signers[signer! >> 3]! ^= 1 << (signer! & 7);
    const fewer = { ...finalization, signers, signatures: finalization.signatures.slice(1) };
    expect(check({ finalization: fewer })).to.equal('consensus.not-enough-signers');
  });

  it('consensus.wrong-signature: signed by another set, or in another chain, epoch or view', () => {
    const [header] = proof.headers;
    const outsiders = finalize(header!, [keyOf('ann'), keyOf('dan')]);
    expect(check({ finalization: outsiders })).to.equal('consensus.wrong-signature');
    const elsewhere = {
      ...finalize({ ...header!, chainId: hashOf('x') }, final.setOf(2)),
      hash: headerHash(header!),
    };
    expect(check({ finalization: elsewhere })).to.equal('consensus.wrong-signature');
    const view = { ...proof.finalization!, view: header!.view + 1 };
    expect(check({ finalization: view })).to.equal('consensus.wrong-signature');
    const epoch = { ...proof.finalization!, epoch: 1 };
    expect(check({ finalization: epoch })).to.equal('consensus.wrong-epoch');
  });

  it('block.wrong-header: headers of another chain, of another epoch, out of order', () => {
    const stranger = new FinalWorld(3, new World({ ...genesisOf(), name: 'Another Federation' }));
    stranger.run();
    expect(codeOf(verifyState(genesis, stranger.proofOf(bought), bought, verify))).to.equal(
      'block.wrong-header',
    );
    expect(check({ seals: [] })).to.equal('block.wrong-header');
    expect(check({ seals: proof.seals.slice(0, 1) })).to.equal('block.wrong-header');
    expect(check({ seals: proof.seals.slice(1) })).to.equal('block.wrong-header');
    expect(check({ seals: proof.seals.toReversed() })).to.equal('block.wrong-header');
    expect(check({ seals: [...proof.seals, proof.seals[1]!] })).to.equal('block.wrong-header');
    expect(codeOf(verifyState(final.trustHead(), proof, bought, verify))).to.equal('block.wrong-header');
    const early = final.leadTo(final.world.blocks[0]!.block.header, genesis, proof.subject);
    const blocks = final.world.blocks.map(({ block }) => block.header);
    const later = { ...early, headers: [blocks[4]!, blocks[5]!].toReversed() };
    expect(codeOf(verifyLight(genesis, { ...later, seals: proof.seals }, verify))).to.equal(
      'block.wrong-header',
    );
  });

  it('block.wrong-parent: a link is missing, or the certificate is of another block', () => {
    const world = new FinalWorld(4);
    const blocks = [world.run(), world.run(), world.run()];
    const whole = world.leadTo(blocks[0]!.block.header, world.genesis, undefined);
    const gap = { ...whole, headers: [whole.headers[0]!, whole.headers[2]!] };
    expect(codeOf(verifyLight(world.genesis, gap, verify))).to.equal('block.wrong-header');
    const cut = { ...whole, headers: whole.headers.slice(0, 2) };
    expect(codeOf(verifyLight(world.genesis, cut, verify))).to.equal('block.wrong-parent');
    const forged = { ...whole.headers[0]!, parentHash: hashOf('elsewhere') };
    const loose = { ...whole, headers: [forged, ...whole.headers.slice(1)] };
    expect(codeOf(verifyLight(world.genesis, loose, verify))).to.equal('block.wrong-parent');
    const aside = { ...forged, parentHash: world.genesis.hash, stateRoot: hashOf('all mine') };
    const lie = { ...whole, headers: [aside, ...whole.headers.slice(1)] };
    expect(codeOf(verifyLight(world.genesis, lie, verify))).to.equal('block.wrong-parent');
  });

  it('block.unknown-version: headers by rules of tomorrow; block.wrong-header: by rules of yesterday', () => {
    const [header] = proof.headers;
    for (const [version, code] of [
      [RULES_VERSION + 1, 'block.unknown-version'],
      [0, 'block.wrong-header'],
    ] as const) {
      const other = { ...header!, version };
      expect(check({ headers: [other], finalization: finalize(other, final.setOf(2)) })).to.equal(code);
    }
  });

  it('block.wrong-time: a header older than the one before it', () => {
    const [header] = proof.headers;
    const old = { ...header!, time: genesis.header.time };
    const finalization = finalize(old, final.setOf(2));
    expect(check({ headers: [old], finalization })).to.equal('block.wrong-time');
  });

  it('proof.wrong: another set than the header names, another subject, another key, no certificate', () => {
    const [first, second] = proof.seals;
    const bought2 = { ...second!, authorities: [keyOf('dan')] };
    expect(check({ seals: [first!, bought2] })).to.equal('proof.wrong');
    expect(codeOf(trustHeader(genesis.header, [keyOf('dan')]))).to.equal('proof.wrong');
    expect(check({}, notBought)).to.equal('proof.wrong');
    expect(check({}, { key: accountKey(keyOf('reader')) })).to.equal('proof.wrong');
    expect(check({ subject: { kind: 'inclusion', path: [] } })).to.equal('proof.wrong');
    expect(check({ headers: [] })).to.equal('proof.wrong');
    expect(check({ finalization: undefined })).to.equal('proof.wrong');
    expect(codeOf(verifyInclusion(genesis, proof, hashOf('x'), verify))).to.equal('proof.wrong');
    // A block that ends an epoch comes as a seal; a seal ends an epoch.
    const seal = { ...proof, seals: [first!], headers: [second!.header], finalization: second!.finalization };
    expect(codeOf(verifyLight(genesis, seal, verify))).to.equal('proof.wrong');
    const none = {
      header: proof.headers[0]!,
      finalization: proof.finalization!,
      authorities: final.setOf(2),
    };
    expect(check({ seals: [...proof.seals, none] })).to.equal('proof.wrong');
  });

  it('proof.wrong: the salt without what lies behind it, that without the salt, one proof too many', () => {
    const { subject } = proof;
    if (subject?.kind !== 'state') throw new Error('a purchase is proved by the state');
    const [salt, purchase] = subject.proofs;
    const stranger = final.proofOf(soughtPurchase(hashOf('book'), keyOf('billing'))).subject;
    if (stranger?.kind !== 'state') throw new Error('a purchase is proved by the state');
    const sets = [[], [salt!], [purchase!], [purchase!, salt!], [salt!, purchase!, purchase!]];
    for (const proofs of [...sets, stranger.proofs, [stranger.proofs[0]!, purchase!]]) {
      expect(check({ subject: { kind: 'state', proofs } })).to.equal('proof.wrong');
    }
    expect(check({ subject: { kind: 'state', proofs: [salt!, purchase!] } })).to.equal('accept');
  });

  it('tells of a key that is not registered that it has bought nothing, by one proof', () => {
    const sought = soughtPurchase(hashOf('book'), keyOf('nobody'));
    const none = final.proofOf(sought);
    expect(none).to.have.nested.property('subject.proofs').with.length(1);
    const verdict = verifyState(genesis, none, sought, verify);
    expect(verdict).to.have.nested.property('value.value', undefined);
  });

  it('a trusted header whose list of authorities was changed is not decoded', () => {
    const bytes = encodeTrusted(final.trustHead());
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const verdict = decodeTrusted(flipped(bytes, bit));
      // The header is what one trusts: another one is another trust.
      if (verdict.kind === 'accept')
        expect(headerHash(verdict.value.header)).not.to.deep.equal(final.world.state.hash);
    }
  });
});

describe('corrupted light proofs', () => {
  const final = history();
  const { world } = final;
  const trust: Trust = { kind: 'chain', chainId: world.chainId };
  const genesis = encodeGenesis(world.genesis);

  it('are refused, whichever bit is flipped', () => {
    const small = new FinalWorld(2, new World({ ...genesisOf({}, 2), accounts: [], roles: [] }));
    small.elect(['ann']);
    small.run();
    // Reading the genesis anew for each bit would take minutes; its hash is looked at in any case.
    const known: Trust = { kind: 'header', trusted: small.genesis };
    const proof = small.proofOf(bought);
    const bytes = encodeLightProof({ ...proof, genesis: encodeGenesis(small.world.genesis) });
    expect(judge(known, bytes, bought)).to.equal('accept');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const verdict = judge(known, flipped(bytes, bit), bought);
      if (verdict === 'accept') expect.fail(`bit ${bit} of ${bytes.length} bytes does not matter`);
    }
  });

  it('are refused, whichever bit is flipped in a proof over several epochs, there or not', () => {
    const known: Trust = { kind: 'header', trusted: final.genesis };
    for (const sought of [bought, notBought]) {
      const bytes = encodeLightProof({ ...final.proofOf(sought), genesis });
      expect(judge(known, bytes, sought)).to.equal('accept');
      const bit = fc.nat(bytes.length * 8 - 1);
      const refused = (at: number): boolean => judge(known, flipped(bytes, at), sought) !== 'accept';
      fc.assert(fc.property(bit, refused), { numRuns: 2_000 });
    }
  });

  it('are refused, also for transactions', () => {
    const small = new FinalWorld(2);
    const transactions = Array.from({ length: 5 }, (_, i) => small.world.register(`reader ${i}`));
    const executed = small.run(transactions);
    small.run();
    for (const transaction of transactions.slice(3)) {
      const id = idOf(transaction);
      const bytes = encodeLightProof(small.inclusionOf(executed, id));
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const decoded = decodeLightProof(flipped(bytes, bit));
        if (decoded.kind !== 'accept') continue;
        const verdict = verifyInclusion(small.genesis, decoded.value, id, verify);
        if (verdict.kind === 'accept') expect.fail(`bit ${bit} does not matter`);
      }
    }
  });

  it('are refused, every kind of them: with a bit of any byte flipped, cut anywhere, or for another question', () => {
    const kinds = everyKind();
    for (const [i, { name, bytes, ask }] of kinds.entries()) {
      expect(ask(bytes), name).to.equal('accept');
      for (let at = 0; at < bytes.length; at++) {
        const bit = at * 8 + (at % 8);
        if (ask(flipped(bytes, bit)) === 'accept') expect.fail(`${name}: bit ${bit} does not matter`);
        if (ask(bytes.subarray(0, at)) === 'accept') expect.fail(`${name}: cut at ${at}`);
      }
      for (const [k, other] of kinds.entries()) {
        if (i !== k) expect(other.ask(bytes), `${name} for ${other.name}`).not.to.equal('accept');
      }
    }
  });

  it('are refused when cut, lengthened, or changed in a few places', () => {
    const bytes = encodeLightProof({ ...final.proofOf(bought), genesis });
    const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(bytes.length - 1),
        (changes, cut) => {
          const changed = Uint8Array.from(bytes);
          for (const { at, to } of changes) changed[at] = to;
          if (!changed.every((byte, at) => byte === bytes[at])) {
            expect(judge(trust, changed, bought)).not.to.equal('accept');
          }
          expect(judge(trust, bytes.subarray(0, cut), bought)).not.to.equal('accept');
          expect(judge(trust, Uint8Array.from([...bytes, 0]), bought)).to.equal('codec.malformed');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are refused when parts of two honest proofs are mixed', () => {
    const other = new FinalWorld(3, new World({ ...genesisOf(), name: 'Another Federation' }));
    other.run();
    const parts = [final.proofOf(bought), final.proofOf(notBought), other.proofOf(bought)];
    const pick = fc.constantFrom(...parts);
    fc.assert(
      fc.property(pick, pick, pick, pick, (a, b, c, d) => {
        const mixed = { ...a, seals: b.seals, finalization: c.finalization, subject: d.subject };
        const verdict = verifyState(final.genesis, mixed, bought, verify);
        const honest = a !== parts[2] && b !== parts[2] && c !== parts[2] && d === parts[0];
        expect(verdict.kind).to.equal(honest ? 'accept' : 'reject');
      }),
    );
  });

  it('codec.wrong-shape: anything but exactly a light proof', () => {
    const bytes = encodeLightProof(final.proofOf(bought));
    const value = decode(bytes, bytes.length);
    if (value.kind !== 'accept') throw new Error(value.code);
    const map = value.value as Parameters<typeof encode>[0] & object;
    const changes = [
      { version: 2 },
      { more: 1 },
      { seals: 1 },
      { headers: [1] },
      { headers: Array.from({ length: 1_025 }, () => new Uint8Array(0)) },
      { genesis: 'x' },
      { finalization: 1 },
      { subject: { kind: 'state' } },
      { subject: { kind: 'state', proofs: [1] } },
      { subject: { kind: 'state', proofs: Array.from({ length: 4 }, () => new Uint8Array(0)) } },
      { subject: { kind: 'inclusion', path: [[1, hashOf('x')]] } },
      { subject: { kind: 'inclusion', path: [[true, new Uint8Array(31)]] } },
      { subject: { kind: 'inclusion', path: Array.from({ length: 14 }, () => [true, hashOf('x')]) } },
      { seals: [{ header: new Uint8Array(0), finalization: new Uint8Array(0), authorities: [] }] },
    ];
    for (const change of changes) {
      expect(codeOf(decodeLightProof(encode({ ...map, ...change }))), JSON.stringify(change)).to.equal(
        'codec.wrong-shape',
      );
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(decodeLightProof(noise).kind).to.equal('reject');
      }),
    );
  });

  it('a genesis in bytes is held to the rules of the written one', () => {
    const chain = (bytes: Bytes) =>
      codeOf(anchorOf({ kind: 'chain', chainId: sha256(bytes) }, proofWith(bytes)));
    const proofWith = (bytes: Bytes): LightProof => ({ ...final.proofOf(bought), genesis: bytes });
    expect(chain(genesis)).to.equal('accept');
    expect(chain(encode({ version: 1 }))).to.equal('genesis.wrong');
    expect(chain(encode([1]))).to.equal('genesis.wrong');
    expect(chain(new Uint8Array(3).fill(255))).to.equal('codec.malformed');
    const { authorities } = world.genesis;
    const unsorted = encode({ ...world.genesis, authorities: authorities.toReversed() });
    expect(chain(unsorted)).to.equal('codec.not-canonical');
    expect(trustGenesis(world.genesis)).to.deep.equal(final.genesis);
  });

  it('what a genesis begins with is made once, however many accounts it has and however often it is asked for', () => {
    let reads = 0;
    const counted = {
      ...world.genesis,
      get accounts() {
        reads += 1;
        return world.genesis.accounts;
      },
    };
    const first = trustGenesis(counted);
    const once = reads;
    expect(once).to.be.greaterThan(0);
    expect(trustGenesis(counted)).to.equal(first).and.to.deep.equal(trustGenesis(world.genesis));
    expect(anchorOf({ kind: 'genesis', genesis: counted }, final.proofOf(bought)).kind).to.equal('accept');
    expect(reads).to.equal(once);
  });
});

/** One proof of each form, and the question that it answers. */
function everyKind(): readonly {
  readonly name: string;
  readonly bytes: Bytes;
  ask(bytes: Bytes): string;
}[] {
  const final = new FinalWorld(3, new World({ ...genesisOf({}, 3), accounts: [], roles: [] }));
  const { world } = final;
  final.run(['r1', 'r2', 'r3', 'r4', 'r5'].map((name) => world.register(name)));
  final.elect(['ann', 'bob']);
  const sealing = world.blocks.at(-1)!;
  const seal = final.trustHead();
  const there = keyed('r1');
  const atSeal = final.proofOf(there);
  final.run([world.upload('book', 10n, 'r1'), world.upload('own', 10n, 'r2', { sponsor: keyOf('bob') })]);
  final.run([world.download('book', 'r2')]);
  const registered = final.run([world.register('r6'), world.register('r7'), world.register('r8')]);
  final.run();
  final.run();
  const head = final.trustHead();
  const absent = (beside: boolean): Sought => {
    for (let i = 0; ; i++) {
      const sought = { key: accountKey(hashOf(`nobody ${i}`)) };
      const { subject } = final.proofOf(sought);
      if (subject?.kind === 'state' && (subject.proofs[0]!.other !== undefined) === beside) return sought;
    }
  };
  const state = (name: string, sought: Sought, proof = final.proofOf(sought), from = final.genesis) => ({
    name,
    bytes: encodeLightProof(proof),
    ask(bytes: Bytes): string {
      const decoded = decodeLightProof(bytes);
      return decoded.kind === 'accept'
        ? codeOf(verifyState(from, decoded.value, sought, verify))
        : decoded.kind;
    },
  });
  const included = (name: string, executed: Executed, index: number) => {
    const id = executed.transactions[index]!.id;
    return {
      name,
      bytes: encodeLightProof(final.inclusionOf(executed, id)),
      ask(bytes: Bytes): string {
        const decoded = decodeLightProof(bytes);
        if (decoded.kind !== 'accept') return decoded.kind;
        return codeOf(verifyInclusion(final.genesis, decoded.value, id, verify));
      },
    };
  };
  const [one, none] = [absent(true), absent(false)];
  const fromHead = final.proofOf(keyed('r2'), head);
  return [
    state('a value', keyed('r3')),
    state('a value, the head being the end of an epoch', there, atSeal),
    state('a value, from a checkpoint', keyed('r4'), final.proofOf(keyed('r4'), seal), seal),
    state('a value, at the trusted header itself', keyed('r2'), fromHead, head),
    state('no value, another leaf in its place', one),
    state('no value, an empty slot', none),
    state('a purchase, behind the salt', soughtPurchase(hashOf('book'), keyOf('r2'))),
    state('no purchase, behind the salt', soughtPurchase(hashOf('book'), keyOf('r3'))),
    included('a transaction, certified by a descendant', registered, 1),
    included('a transaction in the end of an epoch', sealing, 0),
    {
      name: 'a part of the way',
      bytes: encodeLightProof(final.leadTo(sealing.block.header, final.genesis, undefined)),
      ask(bytes) {
        const decoded = decodeLightProof(bytes);
        if (decoded.kind !== 'accept' || decoded.value.subject !== undefined) return 'reject';
        return codeOf(verifyLight(final.genesis, decoded.value, verify));
      },
    },
  ];
}

function keyed(name: string): Sought {
  return { key: accountKey(keyOf(name)) };
}

function flipped(bytes: Bytes, bit: number): Bytes {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}
