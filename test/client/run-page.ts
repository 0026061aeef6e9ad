/** Runs a page of the documentation as a reader would: saves its named blocks, and its `sh` blocks in order. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BLOCK = /^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$/gms;

/**
 * @param folder - empty; what the page makes stays there.
 * @returns what the page printed. @throws with its errors when a command of it fails.
 */
export async function runPage(page: string, folder: string, library: string): Promise<string> {
  const script: string[] = ['set -euo pipefail'];
  for (const [, language, name, text] of readFileSync(page, 'utf8').matchAll(BLOCK)) {
    if (name !== undefined) writeFileSync(join(folder, name), text!);
    else if (language === 'sh') script.push(text!);
  }
  const env = { ...process.env, LIBRARY: library };
  const { stdout } = await run('bash', ['-c', script.join('\n')], { cwd: folder, env });
  return stdout;
}
