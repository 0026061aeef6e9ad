/** What a command that has failed ends with, for the program that started it. Source: docs/operations.md, "It does not start". */
import { Fault, type FaultCode } from '../core/fault.ts';

/** Starting again changes nothing as long as that other program runs: a service manager can tell it from the rest. */
const EXIT_CODES: Partial<Record<FaultCode, number>> = { 'port.taken': 3 };

export function exitCodeOf(error: unknown): number {
  return (error instanceof Fault ? EXIT_CODES[error.code] : undefined) ?? 1;
}
