/** What follows from the declaration of a kind, for every kind there is. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { RULES_VERSION } from '../../../chain/block/version.ts';
import { DECLARED, declaredOf, KINDS } from '../../../chain/kinds.ts';
import { onceOf, signatureChecks, textOf } from '../../../chain/transaction/signing.ts';
import { decodeTransaction, encodeTransaction } from '../../../chain/transaction/transaction.ts';
import { toHex } from '../../../core/bytes.ts';
import { Ledger } from '../../model/ledger.ts';
import { KINDS as MODELLED, textOf as modelText } from '../../model/ledger-kinds.ts';
import { plainGenesis, plainTransaction } from '../../model/plain.ts';
import { anyTransaction, sampleOf, transactionOf } from '../values.ts';
import { genesisOf, hashOf, START } from '../world.ts';

const chainId = hashOf('chain');
const chain = 'c'.repeat(64);
const RUNS = { numRuns: 100 };

describe('kinds', () => {
  it('stand in the table under their own names, and say who signs', () => {
    for (const [name, { kind }] of Object.entries(DECLARED)) expect(kind).to.equal(name);
    for (const kind of KINDS) {
      const { fields, signer } = declaredOf({ kind });
      expect(fields[signer]?.shape.is, kind).to.equal('key');
      expect(fields, kind).to.have.property('signature');
    }
  });

  for (const kind of KINDS) {
    it(`${kind}: whatever its fields take, it is decoded as it was encoded`, () => {
      fc.assert(
        fc.property(anyTransaction(kind), (transaction) => {
          const decoded = decodeTransaction(encodeTransaction(transaction), RULES_VERSION);
          expect(decoded).to.deep.equal({ kind: 'accept', value: transaction });
        }),
        RUNS,
      );
    });

    it(`${kind}: codec.wrong-shape for each field that is of another shape`, () => {
      const sample = transactionOf(kind, sampleOf);
      for (const name of Object.keys(declaredOf({ kind }).fields)) {
        for (const wrong of [undefined, 'a:b', -1, 0.5, true, new Uint8Array(5), [], {}]) {
          // A file may be called so; whatever is undefined is absent where that may be.
          if (wrong === 'a:b' && name === 'name') continue;
          if (wrong === undefined && name === 'expires') continue;
          const spoiled = { ...sample, [name]: wrong };
          const code = codeOf(() => encodeTransaction(spoiled));
          expect(code, `${name}: ${String(wrong)}`).to.equal('codec.wrong-shape');
        }
      }
    });

    it(`${kind}: no field of its text can be taken for two, and none is left out`, () => {
      fc.assert(
        fc.property(anyTransaction(kind), anyTransaction(kind), (one, other) => {
          expect(textOf(chain, one).split(':').slice(0, 4)).to.deep.equal(['digitallib', '1', chain, kind]);
          expect(textOf(chain, one).split(':').length).to.be.within(6, 16);
          // Any field that differs is signed by somebody.
          for (const name of Object.keys(declaredOf({ kind }).fields)) {
            if (name === 'signature' || name === 'sponsorSignature') continue;
            const changed = { ...one, [name]: Reflect.get(other, name) };
            if (toHex(encodeTransaction(changed)) === toHex(encodeTransaction(one))) continue;
            const hashes = (of: typeof one) => signatureChecks(chainId, of).map(({ hash }) => toHex(hash));
            expect(hashes(changed), name).not.to.deep.equal(hashes(one));
          }
        }),
        RUNS,
      );
    });
  }

  it('stand in docs/ledger.md, each with what it means, what is signed of it, and what stops a repeat', () => {
    const text = readFileSync(new URL('../../../docs/ledger.md', import.meta.url), 'utf8');
    const parts = text.split(/^## /m);
    const tellsOf = (title: string, kind: string): boolean => {
      const part = parts.find((one) => one.startsWith(title)) ?? '';
      const first = part.split('\n').map((line) => line.split('|')[1] ?? '');
      return first.some((cell) => cell.includes(`\`${kind}\``));
    };
    const missing = KINDS.flatMap((kind) => [
      ...(text.replace(/\s+/g, ' ').includes(`**${kind}** {`) ? [] : [`${kind}: what it means`]),
      ...(tellsOf('Signed texts', kind) ? [] : [`${kind}: its signed text`]),
      ...(tellsOf('Life of a transaction', kind) ? [] : [`${kind}: what stops a repeat`]),
    ]);
    expect(missing).to.deep.equal([]);
  });

  it('are known to the reference model, each by a rule and a text of its own', () => {
    expect(Object.keys(MODELLED)).to.have.members([...KINDS]);
    for (const kind of KINDS) {
      const plain = plainTransaction(transactionOf(kind, sampleOf));
      const model = new Ledger(plainGenesis(genesisOf(), chain));
      model.begin(START + 1_000);
      expect(model.apply(plain), kind).to.have.property('kind');
      expect(modelText(chain, plain), kind).to.equal(textOf(chain, transactionOf(kind, sampleOf)));
    }
  });

  it('happen once by a nonce, by the word of a sponsor, or by what they leave in the state', () => {
    const without = KINDS.filter((kind) => onceOf(chainId, transactionOf(kind, sampleOf)) === undefined);
    expect(without).to.deep.equal(['register', 'download', 'approve']);
  });
});

/** What does not even encode is as good as refused. */
function codeOf(encoded: () => Uint8Array): string {
  let bytes: Uint8Array;
  try {
    bytes = encoded();
  } catch {
    return 'codec.wrong-shape';
  }
  const verdict = decodeTransaction(bytes, RULES_VERSION);
  return verdict.kind === 'accept' ? 'accept' : verdict.code;
}
