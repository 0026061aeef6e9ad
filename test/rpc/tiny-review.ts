/** What waits for a librarian, and who the librarians are, in memory. */
import { equalBytes, toHex } from '../../core/bytes.ts';
import type { Clock } from '../../core/ports.ts';
import type { Hash32, PublicKey32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { Nonces } from '../../node/desk/nonces.ts';
import type { Librarians, Review, WaitingFile, WhichShown } from '../../rpc/ports.ts';
import { createMemoryStore } from '../../store/memory.ts';

export class TinyReview implements Review {
  readonly waiting: WaitingFile[] = [];
  /** What was decided, in words. */
  readonly said: string[] = [];

  async list({ limit }: Parameters<Review['list']>[0]): ReturnType<Review['list']> {
    const { waiting } = this;
    const next = waiting.length > limit ? 'more' : undefined;
    return accept({ waiting: waiting.slice(0, limit), total: waiting.length, next });
  }

  async show(...[hash, by]: Parameters<Review['show']>): ReturnType<Review['show']> {
    const found = this.#find(hash, by);
    return found.kind === 'accept'
      ? accept({ ...found.value, declined: false, path: '/archive/data' })
      : found;
  }

  async accept(which: WhichShown): Promise<Verdict<PublicKey32>> {
    return this.#decide('accepted', which);
  }

  async decline(...[which, reason = '']: Parameters<Review['decline']>): ReturnType<Review['decline']> {
    const done = this.#decide(`declined ${reason}`, which);
    return done.kind === 'accept' ? accept([done.value]) : done;
  }

  #decide(word: string, { hash, by, mark }: WhichShown): Verdict<PublicKey32> {
    const found = this.#find(hash, by);
    if (found.kind !== 'accept') return found;
    if (!equalBytes(found.value.mark, mark)) return reject('review.changed');
    this.waiting.splice(this.waiting.indexOf(found.value), 1);
    this.said.push(`${word} ${toHex(hash)}`);
    return accept(found.value.by);
  }

  #find(hash: Hash32, by: PublicKey32 | undefined): Verdict<WaitingFile> {
    const all = this.waiting.filter((one) => equalBytes(one.hash, hash));
    const named = by === undefined ? all : all.filter((one) => equalBytes(one.by, by));
    if (named[0] === undefined) return reject('review.unknown');
    return named.length > 1 ? reject('review.several') : accept(named[0]);
  }
}

/** @param keys - in hex; undefined: the list cannot be read. */
export function tinyLibrarians(
  clock: Pick<Clock, 'now'>,
  keys: () => readonly string[] | undefined,
): Librarians {
  const store = createMemoryStore();
  const started = store.start();
  const nonces = new Nonces({ store, clock });
  return {
    async knows(key) {
      const all = keys();
      if (all === undefined) return reject('desk.closed');
      return all.includes(toHex(key)) ? accept('Ada') : reject('desk.not-a-librarian');
    },
    async spend(request, pay) {
      await started;
      return nonces.spend(request, pay);
    },
  };
}
