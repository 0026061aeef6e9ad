/** Made-up files: noise that is brought in full, noise under another's hash, and noise that breaks off. */
import { randomBytes } from 'node:crypto';
import type { Attack, Ground } from '../attack.ts';

const PER_SECOND = 5;
const AT_ONCE = 16;
const BYTES_MAX = 200_000;

export const fakes: Attack = {
  name: 'made-up files',
  what: `${PER_SECOND} a second of up to ${BYTES_MAX / 1_000} kB, and as many under the hash of a book`,
  async run(ground) {
    await Promise.all([
      ground.pace(PER_SECOND, AT_ONCE, () => bring(ground)),
      ground.pace(PER_SECOND, AT_ONCE, () => forge(ground)),
    ]);
  },
};

async function bring({ free, caller, library }: Ground): Promise<string> {
  const key = free.key();
  if (key === undefined) return 'no key yet';
  const noise = new Blob([randomBytes(1 + Math.floor(Math.random() * BYTES_MAX))]);
  const name = `Volume ${randomBytes(4).toString('hex')} of the collected works.pdf`;
  await caller(key.address).client(library()).uploadFile(key.wallet, noise, name);
  return 'taken';
}

/** The form is signed for the hash of a book; what follows is something else. */
async function forge({ free, caller, library, book, field }: Ground): Promise<string> {
  const key = free.key();
  if (key === undefined) return 'no key yet';
  const { hash } = book();
  const form = new FormData();
  const signed = await key.wallet.signUpload(field.chainId, hash);
  for (const [name, value] of Object.entries({
    hash,
    public_key: key.wallet.publicKey,
    signed_hash: signed,
  })) {
    form.append(name, value);
  }
  form.append('name', 'The same.txt');
  form.append('file', new Blob([randomBytes(1_000)]), 'file');
  const request = new Request('http://library/', { method: 'POST', body: form });
  const { status, body } = await caller(key.address).call({
    url: `${library().api}/api/upload`,
    method: 'POST',
    headers: Object.fromEntries(request.headers),
    body: Buffer.from(await request.arrayBuffer()),
  });
  return status < 300
    ? 'a forgery was taken'
    : (/"type":"([^"]+)"/.exec(body.toString())?.[1] ?? String(status));
}
