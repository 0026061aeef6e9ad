/** A federation whose blocks are really final: every block is signed by a quorum of the set of its time. */
import { type Header, headerHash, sealsEpoch } from '../../chain/block/block.ts';
import type { Executed } from '../../chain/block/execute.ts';
import { proveSought, type Sought } from '../../chain/files/sought.ts';
import { authorities } from '../../chain/queries.ts';
import type { Transaction } from '../../chain/transaction/transaction.ts';
import { assemble } from '../../consensus/certificate.ts';
import type { Finalization, Vote } from '../../consensus/messages.ts';
import { quorum } from '../../consensus/quorum.ts';
import { statementHash } from '../../consensus/statements.ts';
import { assert } from '../../core/assert.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { ed25519Sign } from '../../core/crypto-node.ts';
import type { Hash32, PublicKey32, Seed32 } from '../../core/scalars.ts';
import { verifyHash } from '../../core/sign.ts';
import { proveInclusion } from '../../light/inclusion.ts';
import type { LightProof, Seal } from '../../light/light-proof.ts';
import { type Trusted, trustGenesis, trustHeader, type VerifySignature } from '../../light/trusted.ts';
import { genesisOf, idOf, keyOf, LIBRARIES, seedOf, World } from '../chain/world.ts';

export class FinalWorld {
  readonly world: World;
  readonly genesis: Trusted;
  readonly seals: Seal[] = [];

  constructor(authorityCount = 3, world = new World(genesisOf({}, authorityCount))) {
    this.world = world;
    this.genesis = trustGenesis(world.genesis);
  }

  run(transactions: readonly Transaction[] = []): Executed {
    const before = this.#set();
    const executed = this.world.run(transactions);
    const { header } = executed.block;
    if (sealsEpoch(header)) {
      this.seals.push({ header, finalization: finalize(header, before), authorities: this.#set() });
    }
    return executed;
  }

  /** Another set of authorities, agreed upon by the present one. */
  elect(names: readonly string[]): void {
    const voters = LIBRARIES.filter((name) => this.#set().some((key) => equalBytes(key, keyOf(name))));
    const proposal = this.world.propose(this.world.elect(...names), voters[0]);
    const id = idOf(proposal);
    const approvals = voters.slice(1, quorum(voters.length)).map((name) => this.world.approve(id, name));
    this.run([proposal, ...approvals]);
  }

  /** What the head says of it. */
  proofOf(sought: Sought, from: Trusted = this.genesis): LightProof {
    const { state } = this.world;
    return this.leadTo(state.header, from, { kind: 'state', proofs: proveSought(state, sought) });
  }

  /** Final by the certificate of the last block of the same epoch. */
  inclusionOf(executed: Executed, id: Hash32, from: Trusted = this.genesis): LightProof {
    const index = executed.transactions.findIndex((one) => equalBytes(one.id, id));
    const path = proveInclusion(
      executed.transactions.map((one) => one.id),
      index,
    );
    return this.leadTo(executed.block.header, from, { kind: 'inclusion', path });
  }

  leadTo(header: Header, from: Trusted, subject: LightProof['subject']): LightProof {
    const seals = this.seals.filter(
      (seal) => seal.header.height > from.header.height && seal.header.height <= header.height,
    );
    const known = [from.hash, ...seals.map((seal) => headerHash(seal.header))];
    const rest = { genesis: undefined, seals, subject };
    if (known.some((hash) => equalBytes(hash, headerHash(header)))) {
      return { ...rest, headers: [header], finalization: undefined };
    }
    const headers = this.world.blocks
      .map(({ block }) => block.header)
      .filter((other) => other.height >= header.height && other.epoch === header.epoch);
    const last = headers.at(-1);
    assert(last !== undefined, 'the block is in this world');
    return { ...rest, headers, finalization: finalize(last, this.setOf(header.epoch)) };
  }

  setOf(epoch: number): readonly PublicKey32[] {
    return epoch === 0 ? this.genesis.authorities : this.seals[epoch - 1]!.authorities;
  }

  /** As somebody would believe it who was told the head by a friend. */
  trustHead(): Trusted {
    const trusted = trustHeader(this.world.state.header, this.#set());
    assert(trusted.kind === 'accept', 'the head names the set of its state');
    return trusted.value;
  }

  #set(): readonly PublicKey32[] {
    return authorities(this.world.state.view);
  }
}

/** A certificate of this header by exactly a quorum of the set. */
export function finalize(
  header: Header,
  set: readonly PublicKey32[],
  secretOf: (key: PublicKey32) => Seed32 = secretOfLibrary,
): Finalization {
  const { chainId, epoch, view } = header;
  const hash = headerHash(header);
  const votes = set.map((key, signer): Vote => {
    const statement = statementHash({ chainId, epoch }, { kind: 'finalize', view, hash });
    return { kind: 'finalize', epoch, view, hash, signer, signature: ed25519Sign(secretOf(key), statement) };
  });
  const certificate = assemble(votes, set.length);
  assert(certificate.kind === 'finalization', 'finalize votes make a finalization');
  return certificate;
}

/** Ed25519, each signature once: a test looks at the same proof thousands of times. */
export function rememberingVerifier(): VerifySignature {
  const known = new Map<string, boolean>();
  return (publicKey, hash, signature) => {
    const name = `${toHex(publicKey)}${toHex(hash)}${toHex(signature)}`;
    const verdict = known.get(name) ?? verifyHash(publicKey, hash, signature);
    known.set(name, verdict);
    return verdict;
  };
}

const SECRETS = new Map<string, Seed32>(LIBRARIES.map((name) => [toHex(keyOf(name)), seedOf(name)]));

function secretOfLibrary(key: PublicKey32): Seed32 {
  const seed = SECRETS.get(toHex(key));
  assert(seed !== undefined, 'an authority of this world is one of its libraries');
  return seed;
}
