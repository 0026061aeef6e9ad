/**
 * Every call of the reader's API, once: its fields, what it does, and whether it changes the ledger.
 * HTTP and JSON-RPC both read this table. Source: protocol.md, "The reader's API".
 */

import { reject, type Verdict } from '../core/verdict.ts';
import type { Answer } from './answer.ts';
import { unlessBehind } from './behind.ts';
import type { RpcContext } from './context.ts';
import { costOf } from './costs.ts';
import { admitCaller, type Caller } from './page.ts';
import { parse } from './parse.ts';
import { type Fields, schemas } from './schemas.ts';
import { account } from './verbs/account.ts';
import { download } from './verbs/download.ts';
import { evidence } from './verbs/evidence.ts';
import { fetchTorrent } from './verbs/fetch.ts';
import { file } from './verbs/file.ts';
import { inclusion } from './verbs/inclusion.ts';
import { members } from './verbs/members.ts';
import { proof } from './verbs/proof.ts';
import { proposals } from './verbs/proposals.ts';
import { register } from './verbs/register.ts';
import { search } from './verbs/search.ts';
import { status } from './verbs/status.ts';
import { submit } from './verbs/submit.ts';
import { upload } from './verbs/upload.ts';
import { uploadState } from './verbs/upload-state.ts';

export type Verb = {
  /** The method of JSON-RPC: <group>_v<version>_<name>. */
  readonly method: string;
  readonly fields: readonly string[];
  readonly changesLedger: boolean;
  /** Milliseconds: costs.ts. */
  cost(fields: unknown): number;
  /** Does the page rule refuse this call, whatever else may be wrong with its fields? */
  refuses(caller: Caller, fields: unknown): Verdict | undefined;
  run(context: RpcContext, fields: unknown): Promise<Verdict<Answer>>;
};

type VerbName = Exclude<keyof typeof schemas, 'uploadForm'>;

export const verbs: Readonly<Record<VerbName, Verb>> = {
  register: verb('register', 'library_v1_register', true, register),
  search: verb('search', 'library_v1_search', false, search),
  download: verb('download', 'library_v1_download', true, download),
  upload: verb('upload', 'library_v1_upload', true, upload),
  fetch: verb('fetch', 'library_v1_fetch', false, fetchTorrent),
  'upload-state': verb('upload-state', 'library_v1_upload_state', false, uploadState),
  account: verb('account', 'library_v1_account', false, account),
  proof: verb('proof', 'library_v1_proof', false, proof),
  inclusion: verb('inclusion', 'library_v1_inclusion', false, inclusion),
  file: verb('file', 'library_v1_file', false, file),
  status: verb('status', 'node_v1_status', false, status),
  members: verb('members', 'node_v1_members', false, members),
  proposals: verb('proposals', 'node_v1_proposals', false, proposals),
  evidence: verb('evidence', 'node_v1_evidence', false, evidence),
  submit: verb('submit', 'node_v1_submit', true, submit),
};

function verb<N extends VerbName>(
  name: N,
  method: string,
  changesLedger: boolean,
  perform: (context: RpcContext, fields: Fields<N>) => Verdict<Answer> | Promise<Verdict<Answer>>,
): Verb {
  const schema = schemas[name];
  const refuses: Verb['refuses'] = (caller, fields) =>
    isSigned(name, fields) ? undefined : admitCaller(caller, changesLedger);
  return {
    refuses,
    method,
    fields: Object.keys(schema.shape),
    changesLedger,
    cost: (fields) => costOf(name, fields),
    async run(context, unknown) {
      const parsed = parse(schema, unknown);
      if (parsed.kind !== 'accept') return parsed;
      const refused = refuses(context.caller, parsed.value);
      if (refused?.kind === 'reject') return refused;
      if (context.ports.node.closed() && !OF_THE_NODE.includes(name)) return reject('node.not-ready');
      return unlessBehind(context, await perform(context, parsed.value as Fields<N>));
    },
  };
}

/** Of the node, and not of what stands on its ledger: also told while that may be another one than is meant. */
const OF_THE_NODE: readonly VerbName[] = ['status', 'evidence'];

/** Protected by a signature: of its fields, or of the transaction in it. */
function isSigned(name: VerbName, fields: unknown): boolean {
  if (name === 'submit') return true;
  return (
    typeof fields === 'object' &&
    fields !== null &&
    'signed_hash' in fields &&
    fields.signed_hash !== undefined
  );
}
