/** What every call gets: the doors to the node, what the operator has decided, what is under way, and who calls. */
import type { Address } from '../core/address.ts';
import type { QueueName } from '../core/fair-queue.ts';
import type { PublicKey32 } from '../core/scalars.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Budget } from './budget.ts';
import type { Connections } from './connections.ts';
import type { EventDesk } from './event-desk.ts';
import type { WhenGone } from './event-ports.ts';
import type { Live } from './live/following.ts';
import type { Caller } from './page.ts';
import type { RpcPorts } from './ports.ts';
import type { RegistrationQueue } from './registration-queue.ts';
import type { Registrations } from './registrations.ts';
import type { SignatureDesk } from './signature-desk.ts';
import type { UntakenAnswers } from './untaken.ts';
import type { UploadSlots } from './upload-slots.ts';

export type RpcPolicy = {
  /** Refuse uploads and downloads whose signature does not expire within a day (docs/ledger.md, "Signed texts"). */
  readonly requireExpires: boolean;
  /** Proxies of the operator in front of the API that append to X-Forwarded-For; 0 = the header is never read. */
  readonly trustedProxies: number;
  /** Who may have a key registered: anybody within quotas, whoever has a code of the librarian, or nobody. */
  readonly registration: 'open' | 'code' | 'closed';
};
/** Of the server, as long as it lives. */
export type RpcServices = {
  readonly ports: RpcPorts;
  readonly policy: RpcPolicy;
  readonly uploads: UploadSlots;
  readonly desk: SignatureDesk;
  readonly budget: Pick<Budget, 'pay' | 'charge'>;
  readonly connections: Connections;
  readonly events: EventDesk;
  readonly untaken: UntakenAnswers;
  readonly registrations: Pick<Registrations, 'needed' | 'add'>;
  readonly registering: RegistrationQueue;
  /** Is each answer held against the contract? (check-answers.ts) */
  readonly checkAnswers: boolean;
};
/** Of one call. */
export type RpcContext = RpcServices & {
  /** Its id, in the answer and in the log (request-id.ts). */
  readonly request: string;
  /** Where it comes from: whose share it uses. */
  readonly from: Address | undefined;
  /** Where it waits for its turn, wherever few are served at a time. */
  readonly queue: QueueName;
  /** A key that has paid has signed the request. */
  readonly paying: (key: PublicKey32) => void;
  /** Takes the cost of something, in milliseconds, before it is done. reject("request.over-budget"), and takes nothing. */
  readonly pay: (cost: number) => Verdict;
  /** As `pay`, out of what is this librarian's own first: a listed key that has signed the call. */
  readonly payAtDesk: (librarian: PublicKey32, cost: number) => Verdict;
  /** What the call has cost more than was paid. */
  readonly charge: (cost: number) => void;
  /** Tells when its client has hung up. */
  readonly whenGone: WhenGone;
  /** What its browser, if there is one, says of the page that it comes from. */
  readonly caller: Caller;
  /** By the socket in the home of the library: whoever can open it is its operator. */
  readonly byOperator: boolean;
  /** What it follows, over a WebSocket; undefined: it has asked otherwise. */
  readonly live?: Live;
};
