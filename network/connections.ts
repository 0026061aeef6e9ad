/**
 * Which connections to keep. A peer may have two for a while, when both sides dialled at once; beyond that the
 * streams of one peer live and die together, because neither gossipsub nor a long-lived stream moves from a
 * dying connection to a living one. Decides about connections only, never about peers (gate.ts).
 */
import type { Connection } from '@libp2p/interface';

/** Two connections that were opened within this time are a coincidence; later ones come from a peer that has lost the first. */
const SAME_TIME_MS = 5_000;

/** A connection was opened: those that its peer must have forgotten are cut off. */
export function cutForgotten(opened: Connection, all: readonly Connection[]): void {
  for (const other of all) {
    if (other.id !== opened.id && opened.timeline.open - other.timeline.open > SAME_TIME_MS) {
      other.abort(new Error('the peer has connected anew'));
    }
  }
}

/** A connection has ended: what is left of the peer goes too, and it is dialled anew. */
export function cutSurvivors(closed: Connection, all: readonly Connection[]): void {
  for (const other of all) {
    if (other.id !== closed.id && other.timeline.open <= (closed.timeline.close ?? 0) - SAME_TIME_MS) {
      other.abort(new Error('a connection of this peer has ended'));
    }
  }
}
