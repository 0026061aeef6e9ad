/** A log for tests that look at behaviour only. */
import type { Log } from '../../core/ports.ts';

const nothing = (): void => undefined;
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
