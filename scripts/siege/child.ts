/** A process of the siege that is no library: it is told something and answers, one thing after the other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export class Child {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;

  /** @param nice - of all its threads. */
  constructor(program: string, { nice = 0 } = {}) {
    const command = [...(nice > 0 ? ['nice', '-n', String(nice)] : []), process.execPath, program];
    const [first, ...rest] = command;
    this.#process = spawn(first!, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const orphaned = (): void => void this.#process.kill('SIGKILL');
    process.once('exit', orphaned);
    this.#exited = once(this.#process, 'close').then(() => process.off('exit', orphaned));
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** @throws when it ends instead, or answers that it has failed. */
  async ask<Answer>(command: object): Promise<Answer> {
    const answered = once(this.#process, 'message').then(([message]) => message as Reply);
    const ended = this.#exited.then((): never => {
      throw new Error(`a process of the siege has ended (${this.#process.exitCode})`);
    });
    this.#process.send(command);
    const reply = await Promise.race([answered, ended]);
    if ('error' in reply) throw new Error(reply.error);
    return reply.value as Answer;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill('SIGKILL');
    await this.#exited;
  }
}

type Reply = { readonly value: unknown } | { readonly error: string };

/** In the process itself. It ends with whoever has started it. */
export function obey<Command>(act: (command: Command) => Promise<unknown>): void {
  process.once('disconnect', () => process.exit());
  process.on('message', (command: Command) => {
    act(command).then(
      (value) => process.send!({ value: value ?? null } satisfies Reply),
      (error: Error) => process.send!({ error: error.stack ?? error.message } satisfies Reply),
    );
  });
}
