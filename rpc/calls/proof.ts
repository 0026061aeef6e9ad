/**
 * `proof`: what the ledger says, for somebody who does not believe this library. What is a reader's only its key may ask for, as it
 * shows the salt of the account (docs/proofs.md, "Ask"): the request is signed. What is everybody's takes no signature, so that
 * none passes for one.
 */
import type { Fields } from '../../api/calls.ts';
import {
  type Sought,
  soughtAccount,
  soughtFile,
  soughtParameters,
  soughtPurchase,
} from '../../chain/files/sought.ts';
import { proofText } from '../../chain/kind/texts.ts';
import { account, file, purchase } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { admitClaim, admitOwn, claimOf } from '../claim.ts';
import type { RpcContext } from '../context.ts';

type Asked = Fields<'proof'>;
/** `isThere`: does the ledger have it? */
type Admitted = { readonly sought: Sought; isThere(): boolean };

export async function proof(context: RpcContext, fields: Asked): Promise<Verdict<AnswerTo<'proof'>>> {
  const admitted = await admit(context, fields);
  if (admitted.kind !== 'accept') return admitted;
  const { sought, isThere } = admitted.value;
  const isFound = isThere();
  const made = await context.ports.proofs.state(sought, fields.from, context.queue);
  if (made.kind !== 'accept') return made;
  return accept({ kind: 'proof', bytes: made.value, ...(!isFound && { tells: 'nothing' }) });
}

function admit(context: RpcContext, fields: Asked): Verdict<Admitted> | Promise<Verdict<Admitted>> {
  switch (fields.kind) {
    case 'purchase':
      return ofPurchase(context, fields);
    case 'account':
      return ofAccount(context, fields);
    case 'file':
      return ofFile(context, fields);
    case 'parameters':
      return without(fields, ['hash', ...OF_A_KEY], { sought: soughtParameters(), isThere: () => true });
  }
}

const OF_A_KEY = ['public_key', 'expires', 'signed_hash'] as const;

async function ofPurchase(context: RpcContext, fields: Asked): Promise<Verdict<Admitted>> {
  const { hash, public_key, signed_hash, expires } = fields;
  if (hash === undefined) return missing('hash');
  if (public_key === undefined) return missing('public_key');
  if (signed_hash === undefined) return missing('signed_hash');
  const claim = claimOf('proof', { hash, public_key, signed_hash, expires });
  const admitted = await admitClaim(context, claim);
  if (admitted.kind !== 'accept') return admitted;
  const { ledger } = context.ports;
  return accept({
    sought: soughtPurchase(hash, public_key),
    isThere: () => purchase(ledger.view(), hash, public_key),
  });
}

/** The text is that of a purchase, with the key in the place of the file: no file has a hash that somebody can sign with. */
async function ofAccount(context: RpcContext, fields: Asked): Promise<Verdict<Admitted>> {
  const { public_key: key, signed_hash: signature, expires } = fields;
  if (key === undefined) return missing('public_key');
  if (expires === undefined) return missing('expires');
  if (signature === undefined) return missing('signed_hash');
  const { ledger } = context.ports;
  const [chain, name] = [toHex(ledger.chainId), toHex(key)];
  const text = proofText(chain, name, name, expires);
  const admitted = await admitOwn(context, { key, text, expires, signature });
  if (admitted.kind !== 'accept') return admitted;
  const isThere = (): boolean => account(ledger.view(), key) !== undefined;
  return without(fields, ['hash'], { sought: soughtAccount(key), isThere });
}

function ofFile({ ports }: RpcContext, fields: Asked): Verdict<Admitted> {
  const { hash } = fields;
  if (hash === undefined) return missing('hash');
  const isThere = (): boolean => file(ports.ledger.view(), hash) !== undefined;
  return without(fields, OF_A_KEY, { sought: soughtFile(hash), isThere });
}

/** A signature that nobody looks at must not open the door to pages of other sites, either. */
function without(fields: Asked, names: readonly (keyof Asked)[], admitted: Admitted): Verdict<Admitted> {
  const one = names.find((name) => fields[name] !== undefined);
  return one === undefined
    ? accept(admitted)
    : reject('request.wrong-value', `A proof of this kind takes no ${one}.`);
}

function missing(name: string): Verdict<never> {
  return reject('request.missing-field', `${name} is missing.`);
}
