/**
 * The door for the operator of a running library: a socket in its home, for the owner of the files alone. Whoever
 * can open it could as well copy the node key. One request a connection, one line each way, JSON; it knows two
 * commands: `backup` and `readerCodes`. Never reachable over a network.
 */
import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { DeepStore, Log, Startable } from '../../core/ports.ts';
import { type BackupFacts, writeBackup } from '../home/backup.ts';
import type { ReaderCodes } from './reader-codes.ts';

type Ports = {
  readonly store: DeepStore;
  readonly log: Log;
  readonly readerCodes: Pick<ReaderCodes, 'make'>;
};
export type CodesWanted = { readonly count: number; readonly days: number };
type Request = { readonly backup: string } | { readonly readerCodes: CodesWanted };
type AdminAnswer =
  | { readonly facts: BackupFacts }
  | { readonly codes: readonly string[] }
  | { readonly error: string };

const DAY_MS = 24 * 60 * 60 * 1_000;

const LINE_BYTES_MAX = 8 * 1_024;
/** As many codes as there may be. */
const ANSWER_BYTES_MAX = 32 * limits.readerCodesMax;

export function adminSocketPath(home: string): string {
  return join(home, 'admin.sock');
}

export class AdminSocket implements Startable {
  readonly #ports: Ports;
  readonly #home: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  /** One request at a time. */
  #running: Promise<void> | undefined;

  constructor(ports: Ports, home: string) {
    this.#ports = ports;
    this.#home = home;
  }

  /** A library whose home does not take a socket runs without: it can be backed up when it is stopped. */
  async start(): Promise<void> {
    const path = adminSocketPath(this.#home);
    const server = createServer((socket) => this.#serve(socket));
    try {
      await rm(path, { force: true }); // left by a crash: the lock of the store says that nobody else is here
      await new Promise<void>((listening, fail) => {
        server.once('error', fail);
        server.listen(path, listening);
      });
      await chmod(path, 0o600);
      this.#server = server;
    } catch (error) {
      this.#ports.log.warn('no admin socket: back this library up when it is stopped', {
        error: error as Error,
      });
    }
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    await this.#running;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // the asker has gone
    readLine(socket, LINE_BYTES_MAX, (line) => {
      if (this.#running !== undefined) return reply(socket, { error: 'another backup is being written' });
      this.#running = this.#answer(line, socket).finally(() => {
        this.#running = undefined;
      });
    });
  }

  async #answer(line: string, socket: Socket): Promise<void> {
    let answer: AdminAnswer;
    try {
      const request = parseRequest(line);
      answer =
        'backup' in request ? await this.#backUp(request.backup) : await this.#makeCodes(request.readerCodes);
    } catch (error) {
      this.#ports.log.error('a request at the admin socket failed', { error: error as Error });
      answer = { error: error instanceof Error ? error.message : String(error) };
    }
    reply(socket, answer);
  }

  async #backUp(to: string): Promise<AdminAnswer> {
    this.#ports.log.info('a backup is being written');
    const facts = await writeBackup(this.#ports.store, this.#home, to);
    this.#ports.log.info('a backup was written', { height: facts.height });
    return { facts };
  }

  async #makeCodes({ count, days }: CodesWanted): Promise<AdminAnswer> {
    const codes = await this.#ports.readerCodes.make(count, days * DAY_MS);
    this.#ports.log.info('reader codes were made', { count });
    return { codes };
  }
}

/**
 * Has the running library of this home write a backup. @returns undefined when none is running.
 * @throws Fault("config.invalid") with what the library says.
 */
export async function backupRunning(home: string, to: string): Promise<BackupFacts | undefined> {
  const answer = await ask(home, { backup: resolve(to) });
  return answer && 'facts' in answer ? answer.facts : undefined;
}

/**
 * Has the running library of this home make codes for readers. @returns undefined when none is running.
 * @throws Fault("config.invalid") with what the library says.
 */
export async function makeReaderCodes(
  home: string,
  wanted: CodesWanted,
): Promise<readonly string[] | undefined> {
  const answer = await ask(home, { readerCodes: wanted });
  return answer && 'codes' in answer ? answer.codes : undefined;
}

/** EINVAL: the path of the home is longer than a socket can have, so that no library listens there either. */
const NOBODY_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'EINVAL']);

/** @returns undefined when no library runs in this home. @throws Fault("config.invalid" | "store.closed"). */
async function ask(
  home: string,
  request: Request,
): Promise<Exclude<AdminAnswer, { error: string }> | undefined> {
  const socket = connect(adminSocketPath(home));
  const line = await new Promise<string | undefined>((answered, fail) => {
    socket.once('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      NOBODY_THERE.has(error.code ?? '') ? answered(undefined) : fail(error),
    );
    socket.once('close', () => fail(new Fault('store.closed', 'The library has stopped meanwhile.')));
    readLine(socket, ANSWER_BYTES_MAX, answered);
  });
  socket.destroy();
  if (line === undefined) return undefined;
  const answer = JSON.parse(line) as AdminAnswer;
  if ('error' in answer) throw new Fault('config.invalid', answer.error);
  return answer;
}

function reply(socket: Socket, answer: AdminAnswer): void {
  socket.end(`${JSON.stringify(answer)}\n`);
}

function parseRequest(line: string): Request {
  const parsed = request.safeParse(JSON.parse(line));
  if (parsed.success) return parsed.data;
  throw new Fault('config.invalid', 'not a request that this library knows');
}
const request = z.union([
  z.strictObject({ backup: z.string().min(1) }),
  z.strictObject({
    readerCodes: z.strictObject({
      count: z.number().int().min(1).max(limits.readerCodesMax),
      days: z.number().int().min(1).max(limits.readerCodeDaysMax),
    }),
  }),
]);

function readLine(socket: Socket, bytesMax: number, take: (line: string) => void): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    if (text.includes('\n')) return;
    text += chunk;
    if (text.length > bytesMax) socket.destroy();
    else if (text.includes('\n')) take(text.slice(0, text.indexOf('\n')));
  });
}
