/** Free keys: each of 50 addresses asks for several a second, by hand and without any work. */
import { randomBytes } from 'node:crypto';
import { queryPath } from '../../../client/paths.ts';
import { createWallet } from '../../../client/wallet.ts';
import { toHex } from '../../../core/bytes.ts';
import { publicKeyOf } from '../../../core/sign.ts';
import type { Attack, Ground } from '../attack.ts';
import { outcomeOf } from '../caller.ts';

const PER_SECOND = 300;
const AT_ONCE = 200;
/** Those that the other attacks use are made as a program would make them, through the SDK. */
const FREE_PER_SECOND = 2;
const FREE_AT_ONCE = 4;

export const registrations: Attack = {
  name: 'registrations',
  what: `${PER_SECOND} keys a second; ${FREE_PER_SECOND} more for the other attacks`,
  async run(ground) {
    await Promise.all([
      ground.pace(PER_SECOND, AT_ONCE, async () => {
        const key = publicKeyOf(new Uint8Array(randomBytes(32)));
        const url = ground.library().api + queryPath('register', { public_key: toHex(key) });
        return outcomeOf(await ground.caller().call({ url }));
      }),
      ground.pace(FREE_PER_SECOND, FREE_AT_ONCE, () => freeKey(ground)),
    ]);
  },
};

async function freeKey(ground: Ground): Promise<string> {
  const wallet = createWallet(new Uint8Array(randomBytes(32)));
  const address = ground.address();
  await ground.caller(address).client(ground.library()).register(wallet.publicKey);
  ground.free.addKey({ wallet, address });
  return 'a key for the others';
}
