/** Certificates: exactly q signatures of distinct authorities over one statement. */
import type { Verdict } from '../core/verdict.ts';
import type { Committee } from './config.ts';
import type { Finalization } from './messages.ts';

export declare function verifyFinalization(committee: Committee, certificate: Finalization): Verdict;
