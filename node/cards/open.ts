/** Cards that this library lends: to whom, and for how long. Beside the ledger it keeps a list of them (card-book.ts). */
import { isDevelopmentKey } from '../../chain/block/development.ts';
import type { Parameters } from '../../chain/federation/parameters.ts';
import { parameters } from '../../chain/queries.ts';
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';
import { Fault } from '../../core/fault.ts';
import type { Clock, Log, Random, Store } from '../../core/ports.ts';
import type { PublicKey32, Seed32 } from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { EventFeed } from '../ledger/event-feed.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Config } from '../process/config.ts';
import type { Part } from '../process/lifecycle.ts';
import type { Yield } from '../process/yield.ts';
import { CardBook } from './card-book.ts';
import { Cards, type CardsPolicy, type Codes } from './cards.ts';
import { Lender } from './lender.ts';
import { areTerms, isForDeskOnly, openMost, openTerms } from './policy.ts';
import { Renewer } from './renewer.ts';

type Ports = {
  readonly ledger: Pick<Ledger, 'chainId' | 'head'>;
  readonly events: Pick<EventFeed, 'follow' | 'oldest'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly yieldToLoop: Yield;
  readonly key: PublicKey32;
  readonly seed: Seed32;
  readonly codes: Codes;
  register(key: PublicKey32): CheckedTransaction;
  enter(checked: CheckedTransaction): Promise<Verdict<unknown>>;
  failed(error: unknown): void;
};
export type CardFigures = { readonly lent: number; readonly openToday: number; readonly share: number };
export type CardRoom = {
  readonly cards: Cards;
  figures(): CardFigures;
  /** It stops when nothing is confirmed any more. */
  readonly early: readonly Part[];
  /** In the order in which they start. */
  readonly parts: readonly Part[];
};
type Options = Pick<Config, 'cards' | 'cardAllowance' | 'cardCeiling' | 'cardOpenPercent'>;

/** @throws Fault("config.invalid") for terms that the ledger does not take. It warns of what lends nothing as things are. */
export function openCards(ports: Ports, options: Options): CardRoom {
  const { ledger, events, store, log, key } = ports;
  const policy = policyOf(ports, options);
  const lender = new Lender(ports);
  const looksOpen = (allowance: bigint): boolean => allowance === policy.open?.allowance;
  const book = new CardBook({ store, self: key, looksOpen });
  const cards = new Cards({ ...ports, lender, book }, policy);
  const renewer = new Renewer({ ...ports, lender, book, isLending: () => cards.isLending });
  let follower: ReturnType<EventFeed['follow']> | undefined;

  return {
    cards,
    figures: () => ({ lent: book.lent, openToday: book.givenOn(lender.finalDay()), share: cards.share() }),
    early: [
      {
        name: 'cards under way',
        start() {},
        async stop() {
          await renewer.drained();
          await book.drained();
        },
      },
    ],
    parts: [
      {
        name: 'cards',
        async start() {
          await book.start(lender.finalDay());
          follower = events.follow({
            from: Math.min(book.height, ledger.head().header.height) + 1,
            take: (block) => book.take(block),
            async lost() {
              const oldest = await events.oldest();
              log.info('what became of cards is not kept: those of this library count as used today', {
                oldest,
              });
              await book.skip(oldest - 1, lender.finalDay());
              return oldest;
            },
          });
          await follower.caughtUp();
          renewer.start();
        },
        async stop() {
          renewer.stop();
          await follower?.stop();
        },
      },
    ],
  };
}

function policyOf({ ledger, log, key }: Ports, options: Options): CardsPolicy {
  const { cards, cardAllowance, cardCeiling, cardOpenPercent } = options;
  const isDevelopment = isDevelopmentKey(key);
  const mode = cards ?? (isDevelopment ? 'open' : 'desk');
  const terms = { allowance: BigInt(cardAllowance), ceiling: BigInt(cardCeiling) };
  if (mode !== 'off' && !areTerms(terms)) {
    const want = 'a ceiling is 1 to 90 days of the allowance';
    throw new Fault('config.invalid', `--card-ceiling: ${want}`);
  }
  const open = isDevelopment ? terms : openTerms(terms);
  const policy = { ...{ mode, terms, open, openPercent: cardOpenPercent }, isFreeHere: isDevelopment };
  const vain = whyInVain(policy, cards !== undefined, parameters(ledger.head().view));
  if (vain !== undefined) log.warn(vain, { cards: mode });
  return policy;
}

/** No reason not to start: what the federation votes may bring it about, and may mend it. @param isSaid - by the operator. */
function whyInVain(
  { mode, terms, open, openPercent }: CardsPolicy,
  isSaid: boolean,
  now: Parameters,
): string | undefined {
  const cap = now.cardBytesPerNodePerDay;
  if (mode === 'off') return undefined;
  if (cap === 0) {
    const why = 'this federation lends no cards (cardBytesPerNodePerDay is 0)';
    return isSaid ? `${why}: --cards has no effect` : undefined;
  }
  if (terms.allowance > BigInt(cap)) {
    return `--card-allowance is more than this library may lend in all (cardBytesPerNodePerDay is ${cap}): it cannot lend a whole card`;
  }
  if (mode !== 'open') return undefined;
  if (isForDeskOnly(now)) {
    return '--cards open lends none to whoever registers: uploads earn by tokens alone in this federation, and whoever makes up readers would take what is sold; lend cards at the desk';
  }
  if (open === undefined) {
    return '--card-allowance is too small: a quarter of it is 0, and who registers is lent no card';
  }
  if (open.allowance > openMost(cap, openPercent)) {
    return `--card-open-percent leaves less than one card to whoever registers (${openPercent} % of ${cap}): none is lent`;
  }
  return undefined;
}
