/** Proofs of the tiny ledger: every block of it is final by the certificate of its one authority. */
import type { Header } from '../../chain/block/block.ts';
import { encodeGenesis } from '../../chain/block/genesis-bytes.ts';
import { proveSought, type Sought } from '../../chain/files/sought.ts';
import { type Bytes, equalBytes } from '../../core/bytes.ts';
import type { Hash32, Seed32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { proveInclusion } from '../../light/inclusion.ts';
import { encodeLightProof, type Subject } from '../../light/light-proof.ts';
import type { Proofs } from '../../rpc/ports.ts';
import { finalize } from '../light/final-world.ts';
import type { TinyLedger } from './tiny-ledger.ts';

export class TinyProofs implements Proofs {
  readonly #ledger: TinyLedger;
  readonly #secret: Seed32;

  constructor(ledger: TinyLedger, secret: Seed32) {
    this.#ledger = ledger;
    this.#secret = secret;
  }

  async state(sought: Sought, from: number | undefined): Promise<Verdict<Bytes>> {
    const { state } = this.#ledger;
    const proofs = proveSought(state, sought);
    return this.#lead(state.header, from, { kind: 'state', proofs });
  }

  async inclusion(id: Hash32, height: number, from: number | undefined): Promise<Verdict<Bytes>> {
    const found = this.#ledger.blocks[height - 1];
    const ids = found?.transactions.map((one) => one.id) ?? [];
    const index = ids.findIndex((one) => equalBytes(one, id));
    if (found === undefined || index < 0) return reject('proof.unavailable');
    return this.#lead(found.block.header, from, { kind: 'inclusion', path: proveInclusion(ids, index) });
  }

  #lead(header: Header, from: number | undefined, subject: Subject): Verdict<Bytes> {
    const { genesis } = this.#ledger;
    const known = header.height === (from ?? 0);
    return accept(
      encodeLightProof({
        genesis: from === undefined ? encodeGenesis(genesis) : undefined,
        seals: [],
        headers: [header],
        finalization: known ? undefined : finalize(header, genesis.authorities, () => this.#secret),
        subject,
      }),
    );
  }
}
