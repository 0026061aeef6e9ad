/** What every verb gets: the doors to the node, what the operator has decided, and the uploads under way. */
import type { RpcPorts } from './ports.ts';
import type { UploadSlots } from './upload-slots.ts';

export type RpcPolicy = {
  /** Refuse uploads and downloads whose signature does not expire within a day (protocol.md, "What a reader signs"). */
  readonly requireExpires: boolean;
  /** Proxies of the operator in front of the API that append to X-Forwarded-For; 0 = the header is never read. */
  readonly trustedProxies: number;
};
export type RpcContext = {
  readonly ports: RpcPorts;
  readonly policy: RpcPolicy;
  readonly uploads: UploadSlots;
};
