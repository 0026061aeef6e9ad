/**
 * The codes of which each lends one card, as they are opened at a start. A library is worth more than its invitations: where their
 * file is damaged, it is put aside, none of them is good, and a librarian makes new ones.
 */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { Clock, Log, Random } from '../../core/ports.ts';
import { ReaderCodes } from '../desk/reader-codes.ts';

const FILE = 'card-codes.json';
type Ports = { readonly clock: Clock; readonly random: Random; readonly log: Pick<Log, 'error'> };

/** @param home - folder of the library. @throws Fault("config.invalid") when the file can neither be read nor put aside. */
export function openInvitations({ clock, random, log }: Ports, home: string): ReaderCodes {
  const open = (): ReaderCodes => new ReaderCodes({ clock, random }, home, FILE);
  try {
    return open();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const path = join(home, FILE);
    const aside = `${path}.damaged-${clock.now()}`;
    try {
      renameSync(path, aside);
    } catch {
      throw error;
    }
    log.error('the invitations to a card cannot be read: none is good any more, make new ones', {
      ...{ error, aside },
    });
    return open();
  }
}
