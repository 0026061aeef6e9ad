/**
 * How each call of the contract is answered. HTTP (routes.ts) and JSON-RPC (json-rpc.ts) both serve this table.
 * Source: docs/decisions/contract.md.
 */
import type { Call } from '../api/call.ts';
import { CALL_NAMES, CALLS, type CallName, costOf, type Fields, isSigned, methodOf } from '../api/calls.ts';
import { withoutSignature } from '../api/desk.ts';
import type { DeskParams } from '../api/desk-text.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { Answer, AnswerTo } from './answer.ts';
import { unlessBehind } from './behind.ts';
import { account } from './calls/account.ts';
import { authorities } from './calls/authorities.ts';
import { block } from './calls/block.ts';
import { cardGive, cardInvite, cardList, cardWithdraw } from './calls/card-desk.ts';
import { download } from './calls/download.ts';
import { events } from './calls/events.ts';
import { evidence } from './calls/evidence.ts';
import { fetchTorrent } from './calls/fetch.ts';
import { file } from './calls/file.ts';
import { head } from './calls/head.ts';
import { history } from './calls/history.ts';
import { inclusion } from './calls/inclusion.ts';
import { limits } from './calls/limits.ts';
import { members } from './calls/members.ts';
import { parameters } from './calls/parameters.ts';
import { peers } from './calls/peers.ts';
import { proof } from './calls/proof.ts';
import { proposals } from './calls/proposals.ts';
import { register } from './calls/register.ts';
import { reviewAccept, reviewDecline, reviewList, reviewShow } from './calls/review.ts';
import { search } from './calls/search.ts';
import { status } from './calls/status.ts';
import { submit } from './calls/submit.ts';
import { takeCard } from './calls/take-card.ts';
import { transaction } from './calls/transaction.ts';
import { transfer } from './calls/transfer.ts';
import { upload } from './calls/upload.ts';
import { uploadBegin } from './calls/upload-begin.ts';
import { uploadState } from './calls/upload-state.ts';
import { assertAnswer } from './check-answers.ts';
import type { RpcContext } from './context.ts';
import { DESK_LOOK_COST } from './costs.ts';
import { type Decider, logDecision } from './decided.ts';
import { admitLibrarian, type DeskSignature } from './librarian.ts';
import { admitCaller, type Caller } from './page.ts';
import { parse } from './parse.ts';

type Verdicts<T> = Verdict<T> | Promise<Verdict<T>>;

/** The compiler asks for every one, and that it answers as the contract says. */
const HANDLERS: {
  readonly [N in CallName]: (context: RpcContext, fields: Fields<N>) => Verdicts<AnswerTo<N>>;
} = {
  register,
  'take-card': takeCard,
  search,
  download,
  upload,
  'upload-begin': uploadBegin,
  fetch: fetchTorrent,
  'upload-state': uploadState,
  account,
  history,
  proof,
  inclusion,
  transfer,
  file,
  events,
  head,
  block,
  transaction,
  authorities,
  parameters,
  peers,
  limits,
  status,
  members,
  proposals,
  evidence,
  submit,
  'review-list': reviewList,
  'review-show': reviewShow,
  'review-accept': reviewAccept,
  'review-decline': reviewDecline,
  'card-give': cardGive,
  'card-invite': cardInvite,
  'card-list': cardList,
  'card-withdraw': cardWithdraw,
};

/** A call, as HTTP and JSON-RPC serve it. */
export type Served = {
  readonly name: CallName;
  readonly method: string;
  /** Of JSON-RPC: by what else it is served. */
  readonly oldMethods: readonly string[];
  readonly fields: readonly string[];
  /** The field that may stand in the path. */
  readonly inPath: string | undefined;
  readonly changesLedger: boolean;
  readonly isOfDesk: boolean;
  /** What whoever asks pays before it is run, in milliseconds. At the desk the price itself is the librarian's. */
  cost(fields: unknown): number;
  /** Does the page rule refuse this call, whatever else may be wrong with its fields? */
  refuses(caller: Caller, fields: unknown): Verdict | undefined;
  /** @param names - of fields that were sent; those of `fields` when they are left out. */
  run(context: RpcContext, fields: unknown, names?: readonly string[]): Promise<Verdict<Answer>>;
};

/** At no desk. */
const NOBODY: Verdict<Decider | undefined> = accept(undefined);

export const served: readonly Served[] = CALL_NAMES.map(serve);

function serve(name: CallName): Served {
  const call: Call = CALLS[name];
  // `never`: one name has its own fields, as the table above says, and they are those that are parsed below.
  const answer: (context: RpcContext, fields: never) => Verdicts<Answer> = HANDLERS[name];
  const isOfDesk = call.who === 'desk';
  const refuses: Served['refuses'] = (caller, fields) => {
    // Signed or not: no page of another site has any business there.
    if (isOfDesk) return admitCaller(caller, true);
    return isSigned(name, fields) ? undefined : admitCaller(caller, call.changes);
  };
  const unsigned = isOfDesk ? withoutSignature(call.fields) : call.fields;
  return {
    name,
    method: methodOf(name),
    oldMethods: call.deprecated ?? [],
    fields: Object.keys(call.fields.shape),
    inPath: call.inPath,
    changesLedger: call.changes,
    isOfDesk,
    cost: (fields) => (isOfDesk ? DESK_LOOK_COST : costOf(name, fields)),
    refuses,
    async run(context, unknown, names) {
      const parsed = parse(context.byOperator ? unsigned : call.fields, unknown, names);
      if (parsed.kind !== 'accept') return parsed;
      const refused = refuses(context.caller, parsed.value);
      if (refused?.kind === 'reject') return refused;
      if (context.ports.node.closed() && call.ofNode !== true) return reject('node.not-ready');
      const admitted = isOfDesk ? await admitAtDesk(context, name, unknown, parsed.value) : NOBODY;
      const answered =
        admitted.kind === 'accept'
          ? unlessBehind(context, await answer(context, parsed.value as never))
          : admitted;
      if (admitted.kind === 'accept' && admitted.value !== undefined && call.changes) {
        if (answered.kind === 'accept') logDecision(context.ports.log, name, admitted.value, parsed.value);
      }
      if (context.checkAnswers) assertAnswer(name, answered);
      return answered;
    },
  };
}

/** The operator needs no signature. @param fields - of a call of the desk, as they were read. */
function admitAtDesk(
  context: RpcContext,
  name: CallName,
  sent: unknown,
  fields: unknown,
): Verdict<Decider> | Promise<Verdict<Decider>> {
  if (context.byOperator) return accept('socket');
  const signature = fields as DeskSignature;
  return admitLibrarian(context, methodOf(name), sent as DeskParams, signature, {
    cost: costOf(name, sent),
    changes: CALLS[name].changes,
  });
}
