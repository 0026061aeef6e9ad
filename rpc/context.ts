/** What every verb gets: the doors to the node and what the operator has decided. */
import type { RpcPorts } from './ports.ts';

export type RpcPolicy = {
  /** Refuse uploads and downloads whose signature does not expire within a day (protocol.md, "What a reader signs"). */
  readonly requireExpires: boolean;
};
export type RpcContext = { readonly ports: RpcPorts; readonly policy: RpcPolicy };
