/**
 * An operating fault: the disk, a peer or a provider failed us. Thrown, and caught in one named place.
 * (A mistake of ours is an assertion; a mistake of a caller or a peer is a Verdict.)
 */
export type FaultCode =
  | 'store.closed'
  | 'store.failed'
  | 'store.locked'
  | 'network.closed'
  | 'network.timeout'
  | 'network.unreachable'
  | 'network.overloaded'
  | 'archive.failed'
  | 'config.invalid'
  /** The time of the genesis lies ahead. */
  | 'genesis.to-come'
  /** Another program has a port that this one needs. */
  | 'port.taken'
  /** What `--host` names is no address of this machine. */
  | 'host.unusable'
  /** Two final blocks exclude each other. */
  | 'ledger.forked'
  /** The home was made by a newer program, by rules that this one does not know. */
  | 'ledger.newer'
  /** Our chain is not the one that the operator's checkpoint names. */
  | 'ledger.other-chain';

export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
