/**
 * What a librarian says of uploads that readers have brought here and that wait for a review; and what their readers sign once
 * more meanwhile. Each is durable when it is answered, and nothing else is done with the upload at that moment.
 */
import type { Alone, Which } from './alone.ts';
import type { Intake } from './intake.ts';
import type { Intakes } from './intakes.ts';

/** @returns true when it is still what was shown. */
export type AsShown = (intake: Intake) => boolean;

type Ports = {
  readonly intakes: Pick<Intakes, 'get' | 'put'>;
  readonly alone: Alone;
  /** Is what its reader has signed no longer valid? */
  hasLapsed(intake: Intake): boolean;
  /** It is refused, and its bytes go unless somebody else needs them. */
  decline(intake: Intake): Promise<void>;
  /** It can go on. */
  goOn(which: Which): void;
};

export class Decisions {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /**
   * @returns false when it does not wait for a review any more, or not as it was shown; also below. Of what has lapsed there is
   * nothing to accept. @throws Fault when it cannot be written.
   */
  async accept(which: Which, asShown: AsShown): Promise<boolean> {
    const { intakes, hasLapsed } = this.#ports;
    const isDone = await this.#decide(
      which,
      (intake) => asShown(intake) && !hasLapsed(intake),
      (intake) => intakes.put({ ...intake, state: 'waiting', reviewSince: undefined, until: intake.lapses }),
    );
    if (isDone) this.#ports.goOn(which);
    return isDone;
  }

  /** @param reason - what its uploader is told. */
  decline(which: Which, asShown: AsShown, reason: string | undefined): Promise<boolean> {
    return this.#decide(which, asShown, (intake) =>
      this.#ports.decline({ ...intake, reviewSince: undefined, reason }),
    );
  }

  signedAgain(which: Which, fresh: Pick<Intake, 'signature' | 'expires' | 'lapses'>): Promise<boolean> {
    const { signature, expires, lapses } = fresh;
    const isAny = () => true;
    return this.#decide(which, isAny, (intake) =>
      this.#ports.intakes.put({ ...intake, signature, expires, lapses, until: lapses }),
    );
  }

  #decide(which: Which, isMeant: AsShown, decide: (intake: Intake) => Promise<void>): Promise<boolean> {
    const { intakes, alone } = this.#ports;
    return alone.after(which, async () => {
      const intake = intakes.get(which.hash, which.key);
      if (intake?.state !== 'in-review' || !isMeant(intake)) return false;
      await decide(intake);
      return true;
    });
  }
}
