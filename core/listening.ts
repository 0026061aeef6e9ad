/** @pure Why a port cannot be opened, for the operator: whose fault it is, and which option says otherwise. */
import { Fault } from './fault.ts';

export type ListenAddress = {
  /** "the port of the API". */
  readonly what: string;
  /** The option that names the port: "--http-port". */
  readonly option: string;
  readonly host: string;
  readonly port: number;
};

/**
 * @param cause - as the system gave it. @returns Fault("port.taken") for a port that somebody has, Fault("host.unusable")
 * for an address that is not of this machine, else Fault("network.unreachable") with the cause.
 */
export function cannotListen({ what, option, host, port }: ListenAddress, cause: unknown): Fault {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'EADDRINUSE') {
    const way = `stop the program that has it, or choose another port with ${option}`;
    return new Fault('port.taken', `${what}, ${port} on ${host}, is taken: ${way}`);
  }
  if (NOT_HERE.includes(code)) {
    const way = 'name one of its own with --host, 0.0.0.0 for all of IPv4 or :: for all';
    return new Fault('host.unusable', `${host} is no address of this machine: ${way}`);
  }
  return new Fault('network.unreachable', `${what}, ${port} on ${host}, cannot be opened`, { cause });
}

/** Not assigned here; of a family that is switched off here; a name that leads nowhere. */
const NOT_HERE: readonly string[] = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL', 'ENOTFOUND', 'EAI_AGAIN'];
