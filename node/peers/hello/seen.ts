/** @pure The hellos of each member's key that came straight from its processes: what its twin, if there is one, is told. */
import { equalBytes, toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { PublicKey32, UnixMs } from '../../../core/scalars.ts';
import type { Boot, Hello } from './message.ts';

type Kept = { readonly hello: Hello; readonly at: UnixMs };

export class Seen {
  /** By key, then by boot, in hex; the last that came at the end. Members only come here. */
  readonly #byKey = new Map<string, Map<string, Kept>>();

  add(hello: Hello, now: UnixMs): void {
    const name = toHex(hello.key);
    const boots = this.#byKey.get(name) ?? new Map<string, Kept>();
    this.#byKey.set(name, boots);
    const boot = toHex(hello.boot);
    boots.delete(boot);
    boots.set(boot, { hello, at: now });
    // One more than is told: that of the asker itself is left out.
    if (boots.size > limits.bootsHeardMax + 1) boots.delete(boots.keys().next().value!);
  }

  /** Of this key, with other boots, of the last hour. */
  others(key: PublicKey32, boot: Boot, now: UnixMs): readonly Hello[] {
    const boots = this.#byKey.get(toHex(key)) ?? new Map<string, Kept>();
    return [...boots.values()]
      .filter(({ hello, at }) => now - at < limits.helloKeptMs && !equalBytes(hello.boot, boot))
      .map(({ hello }) => hello)
      .slice(-limits.bootsHeardMax);
  }
}
