/** What the logs of the libraries have said, counted: each line is JSON with a constant message (node/process/log.ts). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const WARN = 40;

/** @returns "<count> × <message>", the most frequent first. */
export function logWords(homes: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const home of homes) {
    for (const line of readFileSync(join(home, 'library.log'), 'utf8').split('\n')) {
      const message = messageOf(line);
      if (message !== undefined) counts.set(message, (counts.get(message) ?? 0) + 1);
    }
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([message, count]) => `${count} × ${message}`);
}

function messageOf(line: string): string | undefined {
  try {
    const { level, msg, code } = JSON.parse(line) as { level?: number; msg?: string; code?: string };
    if ((level ?? 0) < WARN) return undefined;
    return code === undefined ? msg : `${msg} (${code})`;
  } catch {
    return undefined; // what it says to people at its start
  }
}
