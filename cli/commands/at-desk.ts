/** What a command asks at the desk of a running library: by the socket in its home, where nothing is signed. */
import { resolve } from 'node:path';
import { ClientError } from '../../client/client-error.ts';
import { askUnsigned, createDesk, type Desk } from '../../client/desk.ts';
import { Fault } from '../../core/fault.ts';
import { askDesk } from '../../node/operator/admin-socket.ts';
import { Refusal } from './refusal.ts';

/** All of them, whatever becomes of one; it fails with the first that failed. */
export async function each(names: readonly string[], run: (name: string) => Promise<void>): Promise<void> {
  const failed: unknown[] = [];
  for (const name of names) await run(name).catch((error) => void failed.push(error));
  if (failed.length > 0) throw failed[0];
}

/** @throws Refusal with what the library says; Fault("config.invalid") when none is running. */
export async function atDesk<T>(home: string, ask: (desk: Desk) => Promise<T>): Promise<T> {
  const folder = resolve(home);
  const desk = createDesk(
    askUnsigned(async (method, params) => {
      const answer = await askDesk(folder, { method, params });
      if (answer !== undefined) return answer;
      throw new Fault('config.invalid', `no library answers in ${folder}: it does not run, or it joins`);
    }),
  );
  try {
    return await ask(desk);
  } catch (error) {
    throw error instanceof ClientError ? new Refusal(folder, error) : error;
  }
}
