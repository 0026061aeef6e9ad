/** The door: bytes from outside → an admitted message, or a verdict. */
import type { Bytes } from '../core/bytes.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Machine } from './machine.ts';
import type { Message } from './messages.ts';

export declare function admit(machine: Machine, from: number, bytes: Bytes): Verdict<Message>;
