/** The log behind the port: pino, one JSON line an event, on standard error so that standard output stays a person's. */
import { destination, pino } from 'pino';
import type { Log, LogData } from '../../core/ports.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** @param name - which library speaks, for logs of several in one place. */
export function createLog(name: string, level: LogLevel): Log {
  const out = pino({ name, level, base: { name } }, destination({ fd: 2, sync: false }));
  const write = (at: 'debug' | 'info' | 'warn' | 'error') => (message: string, data?: LogData) =>
    out[at](readable(data), message);
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** JSON has no bigint; an error is worth its code and its cause. */
function readable(data: LogData = {}): Record<string, unknown> {
  const entries = Object.entries(data).map(([name, value]) => [
    name === 'error' ? 'err' : name,
    plain(value),
  ]);
  return Object.fromEntries(entries);
}

function plain(value: LogData[string]): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
