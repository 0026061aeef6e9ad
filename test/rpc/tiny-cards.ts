/** Cards of a tiny library: the real ones, with their list in memory, told of each block as it is made. */
import { encodeChecked, signTransaction } from '../../chain/transaction/signing.ts';
import { sha256 } from '../../core/hash.ts';
import type { Clock } from '../../core/ports.ts';
import type { Seed32 } from '../../core/scalars.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { CardBook } from '../../node/cards/card-book.ts';
import { Cards, type CardsPolicy } from '../../node/cards/cards.ts';
import { Lender } from '../../node/cards/lender.ts';
import { openTerms } from '../../node/cards/policy.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { plainCodes } from './plain-codes.ts';
import type { TinyLedger } from './tiny-ledger.ts';

/** Of a card from the desk. */
export const TERMS = { allowance: 1_000n, ceiling: 50_000n };
export const DESK: CardsPolicy = {
  ...{ mode: 'desk', terms: TERMS, open: openTerms(TERMS), openPercent: 20 },
  isFreeHere: false,
};

export async function tinyCards(
  ledger: TinyLedger,
  clock: Pick<Clock, 'now'>,
  seed: Seed32,
  policy: Partial<CardsPolicy> = {},
): Promise<Cards> {
  const key = publicKeyOf(seed);
  const store = createMemoryStore();
  await store.start();
  const book = new CardBook({ store, self: key, looksOpen: () => false });
  await book.start(0);
  ledger.onBlock(() => {
    const { block, events } = ledger.blocks.at(-1)!;
    const { height, time } = block.header;
    void book.take({ height, time, events });
  });
  let drawn = 0;
  const codes = new Set<string>();
  const lender = new Lender({
    ...{ clock, key, seed },
    ledger: {
      chainId: ledger.chainId,
      head: () => ({ ...ledger.state, certificate: undefined }) as never,
    },
    random: { bytes: (length) => sha256(Uint8Array.of(drawn++ % 256, drawn >> 8)).subarray(0, length) },
    enter: (checked) => ledger.submit(checked),
  });
  return new Cards(
    {
      ...{ lender, book },
      register: (reader) =>
        encodeChecked(
          signTransaction<'register'>(ledger.chainId, { kind: 'register', key: reader, sponsor: key }, seed),
        ),
      enter: (checked) => ledger.submit(checked),
      codes: {
        async make(count) {
          const made = Array.from({ length: count }, (_, index) => `code ${codes.size + index}`);
          for (const code of made) codes.add(code);
          return made;
        },
        spend: plainCodes(codes).spend,
      },
    },
    { ...DESK, ...policy },
  );
}
