/**
 * The door for the operator of a running library: a socket in its home, for the owner of the files alone. Whoever
 * can open it could as well copy the node key. One request a connection, one line each way, JSON; it knows four
 * commands: `backup`, `readerCodes`, `stock`, and `call`, which is a call of the desk by its method of JSON-RPC
 * (docs/decisions/desk.md). Never reachable over a network.
 */
import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { fromHex, toHex } from '../../core/bytes.ts';
import { CODES, type Code } from '../../core/codes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { DeepStore, Log, Startable } from '../../core/ports.ts';
import { HASH_BYTES, type Hash32 } from '../../core/scalars.ts';
import type { ReaderCodes } from '../desk/reader-codes.ts';
import { type BackupFacts, writeBackup } from '../home/backup.ts';
import { byShortPath } from './short-path.ts';

type Ports = {
  readonly store: DeepStore;
  readonly log: Log;
  readonly readerCodes: Pick<ReaderCodes, 'make'>;
  /** Takes in a file that the library itself owns. */
  stock(wanted: StockFile): Promise<StockAnswer>;
  /** A call of the desk, without a signature. */
  operate(method: string, params: unknown): Promise<CallAnswer>;
};
export type StockFile = { readonly path: string; readonly name: string; readonly hash: Hash32 };
export type StockAnswer = {
  /** `known`: there was nothing to do. `waits`: it goes on the ledger by itself. `busy`: come again. */
  readonly outcome: 'known' | 'taken' | 'waits' | 'refused' | 'busy';
  readonly code?: Code | undefined;
  readonly why?: string;
};
/** `result`: as the contract says. `problem`: a problem document (RFC 9457). */
export type CallAnswer = { readonly result: unknown } | { readonly problem: unknown };
export type OperatorCall = { readonly method: string; readonly params: unknown };
export type CodesWanted = { readonly count: number; readonly days: number };
type StockWanted = Omit<StockFile, 'hash'> & { readonly hash: string };
type Request =
  | { readonly backup: string }
  | { readonly readerCodes: CodesWanted }
  | { readonly stock: StockWanted }
  | { readonly call: OperatorCall };
type AdminAnswer =
  | { readonly facts: BackupFacts }
  | { readonly codes: readonly string[] }
  | { readonly stock: StockAnswer }
  | CallAnswer
  | { readonly error: string };

/** To whoever has asked a library that then ended. */
export const STOPPED = 'The library has stopped meanwhile.';

const DAY_MS = 24 * 60 * 60 * 1_000;

const LINE_BYTES_MAX = 8 * 1_024;
/** As many codes as there may be; or a page of what waits for a review, each with names of files that are like it. */
const ANSWER_BYTES_MAX = 2 * 1_024 * 1_024;
/** Files that are taken in, and calls of the desk, at a time. */
const BESIDE_MAX = 64;

export function adminSocketPath(home: string): string {
  return join(home, 'admin.sock');
}

export class AdminSocket implements Startable {
  readonly #ports: Ports;
  readonly #home: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  /** One backup, or making of codes, at a time. */
  #running: Promise<void> | undefined;
  /** Files that are taken in, and calls of the desk. */
  readonly #beside = new Set<Promise<void>>();

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
      await byShortPath(
        path,
        (short) =>
          new Promise<void>((listening, fail) => {
            server.once('error', fail);
            server.listen(short, listening);
          }),
      );
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
    await Promise.all(this.#beside);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
    await rm(adminSocketPath(this.#home), { force: true });
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // the asker has gone
    readLine(socket, LINE_BYTES_MAX, (line) => {
      const request = parseRequest(line);
      if (request === undefined) return reply(socket, { error: 'not a request that this library knows' });
      if ('stock' in request || 'call' in request) {
        if (this.#beside.size >= BESIDE_MAX) return reply(socket, { error: 'too many requests at once' });
        const running = this.#answer(request, socket).finally(() => this.#beside.delete(running));
        this.#beside.add(running);
        return;
      }
      if (this.#running !== undefined) return reply(socket, { error: 'another backup is being written' });
      this.#running = this.#answer(request, socket).finally(() => {
        this.#running = undefined;
      });
    });
  }

  async #answer(request: Request, socket: Socket): Promise<void> {
    let answer: AdminAnswer;
    try {
      if ('stock' in request) answer = { stock: await this.#ports.stock(fileOf(request.stock)) };
      else if ('call' in request) answer = await this.#call(request.call);
      else if ('backup' in request) answer = await this.#backUp(request.backup);
      else answer = await this.#makeCodes(request.readerCodes);
    } catch (error) {
      this.#ports.log.error('a request at the admin socket failed', { error: error as Error });
      answer = { error: error instanceof Error ? error.message : String(error) };
    }
    reply(socket, answer);
  }

  #call({ method, params }: OperatorCall): Promise<CallAnswer> {
    return this.#ports.operate(method, params);
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

/**
 * Has the running library of this home take in a file that it owns. @returns undefined when none is running.
 * @throws Fault("config.invalid") with what the library says; Fault("store.closed") when it has stopped meanwhile.
 */
export async function stockRunning(home: string, file: StockFile): Promise<StockAnswer | undefined> {
  const request = { stock: { ...file, hash: toHex(file.hash) } };
  if (isTooLong(request))
    return { outcome: 'refused', why: 'its path is too long for the socket of the library' };
  const answer = await ask(home, request);
  return answer && 'stock' in answer ? answer.stock : undefined;
}

/** Why a file was refused, or waits, for a person. */
export function stockWords({ code, why }: StockAnswer): string {
  return why ?? (code === undefined ? '' : `${CODES[code].title} (${code})`);
}

/**
 * Asks the running library of this home something at its desk. @returns undefined when none is running.
 * @throws Fault("config.invalid") when it does not know such requests.
 */
export async function askDesk(home: string, call: OperatorCall): Promise<CallAnswer | undefined> {
  const answer = await ask(home, { call });
  return answer && ('result' in answer || 'problem' in answer) ? answer : undefined;
}

const NOBODY_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED']);

/** @returns undefined when no library runs in this home. @throws Fault("config.invalid" | "store.closed"). */
async function ask(
  home: string,
  request: Request,
): Promise<Exclude<AdminAnswer, { error: string }> | undefined> {
  if (isTooLong(request))
    throw new Fault('config.invalid', 'This is too long for the socket of the library.');
  const socket = await connected(home);
  if (socket === undefined) return undefined;
  const line = await new Promise<string>((answered, fail) => {
    socket.once('error', () => fail(new Fault('store.closed', STOPPED)));
    socket.once('close', () => fail(new Fault('store.closed', STOPPED)));
    readLine(socket, ANSWER_BYTES_MAX, answered);
    socket.write(lineOf(request));
  });
  socket.destroy();
  const answer = JSON.parse(line) as AdminAnswer;
  if ('error' in answer) throw new Fault('config.invalid', answer.error);
  return answer;
}

/** @returns undefined when nobody listens. */
function connected(home: string): Promise<Socket | undefined> {
  return byShortPath(
    adminSocketPath(home),
    (path) =>
      new Promise((resolve, fail) => {
        const socket = connect(path, () => {
          socket.removeAllListeners('error');
          resolve(socket);
        });
        socket.once('error', (error: NodeJS.ErrnoException) =>
          NOBODY_THERE.has(error.code ?? '') ? resolve(undefined) : fail(error),
        );
      }),
  );
}

function reply(socket: Socket, answer: AdminAnswer): void {
  socket.end(lineOf(answer));
}

function lineOf(message: Request | AdminAnswer): string {
  return `${JSON.stringify(message)}\n`;
}

function isTooLong(request: Request): boolean {
  return lineOf(request).length > LINE_BYTES_MAX;
}

function parseRequest(line: string): Request | undefined {
  try {
    return request.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // it is no JSON
  }
}

function fileOf({ hash, ...rest }: StockWanted): StockFile {
  return { ...rest, hash: fromHex(hash, HASH_BYTES)! };
}

const request = z.union([
  z.strictObject({ backup: z.string().min(1) }),
  z.strictObject({
    readerCodes: z.strictObject({
      count: z.number().int().min(1).max(limits.readerCodesMax),
      days: z.number().int().min(1).max(limits.readerCodeDaysMax),
    }),
  }),
  z.strictObject({
    stock: z.strictObject({
      path: z.string().startsWith('/'),
      name: z.string(),
      hash: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  }),
  z.strictObject({
    call: z.strictObject({ method: z.string(), params: z.record(z.string(), z.unknown()) }),
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
