/** May this key be registered here? By the policy of the library: open, by a reader's code, or not at all. */

import type { Fields } from '../api/calls.ts';
import { registerWorkText } from '../chain/kind/texts.ts';
import { registrationsOfDay } from '../chain/queries.ts';
import { toHex, utf8 } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { UnixMs } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { workOf } from '../core/work.ts';
import type { RpcContext } from './context.ts';
import type { SpentCode } from './reader-codes.ts';

export type Admitted = {
  /** The code that was spent. */
  readonly code: SpentCode | undefined;
  /** By a code that lends a card, too. */
  readonly isInvited: boolean;
};
const NOTHING_SPENT: Admitted = { code: undefined, isInvited: false };

/**
 * @returns reject("register.closed" | "register.code-needed" | "register.too-many" | "register.work-needed"), the last
 * with how much work, and for which hour.
 */
export async function admitRegistration(
  context: RpcContext,
  fields: Fields<'register'>,
): Promise<Verdict<Admitted>> {
  switch (context.policy.registration) {
    case 'closed':
      return reject('register.closed');
    case 'code':
      return (await admitCode(context, fields, true)) ?? reject('register.code-needed');
    case 'open':
      return (await admitCode(context, fields, false)) ?? admitWork(context, fields);
  }
}

/** @param ofReaders - a code is needed, and one that lends nothing will do. @returns undefined when there is none. */
async function admitCode(
  { ports }: RpcContext,
  { code, public_key: key }: Fields<'register'>,
  ofReaders: boolean,
): Promise<Verdict<Admitted> | undefined> {
  if (code === undefined) return undefined;
  const invited = await ports.cards.spend(code, key);
  if (invited !== undefined) return accept({ code: invited, isInvited: true });
  const spent = ofReaders ? await ports.readerCodes.spend(code, key) : undefined;
  return spent && accept({ code: spent, isInvited: false });
}

function admitWork(context: RpcContext, fields: Fields<'register'>): Verdict<Admitted> {
  const { registrations, from, ports } = context;
  const now = ports.clock.now();
  const day = registrationsOfDay(ports.ledger.view(), ports.sponsor.key, now);
  const bits = registrations.needed(from, now, day);
  if (bits === undefined) return reject('register.too-many');
  const hour = hourOf(now);
  if (bits > 0 && worked(context, fields, hour) < bits) {
    return { ...reject('register.work-needed'), facts: { d: bits, hour } };
  }
  registrations.add(from, now);
  return accept(NOTHING_SPENT);
}

/** The bits of the work that came, for this hour or the one before: that is when it was begun. */
function worked({ ports }: RpcContext, { public_key, work }: Fields<'register'>, hour: number): number {
  if (work === undefined) return 0;
  const [chain, key] = [toHex(ports.ledger.chainId), toHex(public_key)];
  return Math.max(...[hour, hour - 1].map((each) => workOf(utf8(registerWorkText(chain, key, each, work)))));
}

/** Hours since 1970. */
function hourOf(now: UnixMs): number {
  return Math.floor(now / limits.workHourMs);
}
