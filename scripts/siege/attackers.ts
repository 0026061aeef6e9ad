/**
 * The process of the attackers, at nice 19: all attacks at once; or, in the control run, nothing but busy loops that
 * take the same share of the processors.
 */
import { ATTACKER_ADDRESSES } from './addresses.ts';
import type { Attack, Ground, Outcomes } from './attack.ts';
import { ATTACKS } from './attacks.ts';
import { burn } from './burn.ts';
import { Caller } from './caller.ts';
import { obey } from './child.ts';
import type { Book, Field } from './field.ts';
import { Free } from './free.ts';
import { pace } from './pace.ts';

export type AttackersCommand =
  /** Returns at once. @param only - names of attacks; all when it is left out. */
  | {
      readonly kind: 'attack';
      readonly field: Field;
      readonly books: readonly Book[];
      readonly strength: number;
      readonly only?: readonly string[];
    }
  /** The attacks end, and others may follow; what they got for nothing is kept. @returns Spoils, of these attacks. */
  | { readonly kind: 'rest' }
  /** @param share - of one processor; may be above 1. Returns at once. */
  | { readonly kind: 'burn'; readonly share: number }
  /** Also in the middle. @returns Spoils. */
  | { readonly kind: 'end' };

export type Spoils = {
  /** By attack. */
  readonly outcomes: Readonly<Record<string, Outcomes>>;
  /** Bytes of books that came to somebody who has no right to them. */
  readonly strangersGot: number;
};

/** Of one attack: what strangers answer must not fill our memory either. */
const OUTCOMES_MAX = 60;
/** Attacks that wait for an answer are not waited for. */
const END_MS = 2_000;

const free = new Free();
let ended = new AbortController();
let outcomes: Record<string, Record<string, number>> = {};
let strangersGot = 0;
let running: Promise<unknown> = Promise.resolve();

obey<AttackersCommand>(async (command) => {
  switch (command.kind) {
    case 'attack':
      attack(command);
      return undefined;
    case 'burn':
      running = burn(command.share, ended.signal);
      return undefined;
    case 'rest': {
      const spoils = await end();
      ended = new AbortController();
      outcomes = {};
      return spoils;
    }
    case 'end':
      return await end();
  }
});

async function end(): Promise<Spoils> {
  ended.abort();
  await Promise.race([running, new Promise((resolve) => setTimeout(resolve, END_MS))]);
  return { outcomes, strangersGot };
}

function attack({ field, books, strength, only }: Extract<AttackersCommand, { kind: 'attack' }>): void {
  const callers = new Map(ATTACKER_ADDRESSES.map((address) => [address, new Caller(field, address)]));
  const next = turns(ATTACKER_ADDRESSES);
  const common = { field, books, strength, free, ended: ended.signal, address: next };
  const around = {
    library: turns(field.libraries),
    book: turns(books),
    caller: (address = next()) => callers.get(address)!,
    got: (bytes: number) => {
      strangersGot += bytes;
    },
  };
  const run = async ({ name, run }: Attack): Promise<void> => {
    const own: Record<string, number> = {};
    outcomes[name] = own;
    const count = (outcome: string): void => {
      const known = own[outcome] !== undefined || Object.keys(own).length < OUTCOMES_MAX;
      const key = known ? outcome : 'other';
      own[key] = (own[key] ?? 0) + 1;
    };
    const ground: Ground = {
      ...common,
      ...around,
      count,
      pace: (perSecond, atOnce, act) =>
        pace(perSecond * strength, Math.max(1, Math.ceil(atOnce * strength)), ended.signal, async () =>
          count(await act().catch(wordOf)),
        ),
    };
    await run(ground);
  };
  const wanted = ATTACKS.filter(({ name }) => only?.includes(name) ?? true);
  running = Promise.all(
    wanted.map((one) => run(one).catch((error: Error) => console.error(`${one.name}: ${error.stack}`))),
  );
}

/** The code of a refusal, or what the socket says. */
function wordOf(error: Error & { code?: string; cause?: { code?: string } }): string {
  const below = error.cause?.code;
  return [error.code ?? error.message, below].filter((part) => part !== undefined).join(' ');
}

/** One after the other, and again. */
function turns<T>(all: readonly T[]): () => T {
  let at = 0;
  return () => all[at++ % all.length]!;
}
