/** Transactions in the names of others, with signatures that do not hold: each costs a look. */
import { randomBytes } from 'node:crypto';
import { encodeTransaction } from '../../../chain/transaction/transaction.ts';
import { hexToBytes } from '../../../core/bytes.ts';
import type { Attack } from '../attack.ts';

const PER_SECOND = 100;
const AT_ONCE = 64;

export const submits: Attack = {
  name: 'submits',
  what: `${PER_SECOND} purchases a second with wrong signatures`,
  run: (ground) =>
    ground.pace(PER_SECOND, AT_ONCE, async () => {
      const transaction = encodeTransaction({
        kind: 'download',
        hash: hexToBytes(ground.book().hash),
        key: ground.free.key()?.wallet.key ?? new Uint8Array(randomBytes(32)),
        expires: Math.random() < 0.5 ? undefined : Math.floor(Date.now() / 1_000) + 600,
        signature: new Uint8Array(randomBytes(64)),
      });
      await ground.caller().operator(ground.library()).submit(transaction);
      return 'taken';
    }),
};
