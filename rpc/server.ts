/**
 * The API of a node behind its door (door.ts): what lives as long as the server, in one place. It must never hold a
 * rule, and never outlive `stop`.
 */
import type { IncomingMessage } from 'node:http';
import { createApp } from './app.ts';
import { Budget } from './budget.ts';
import { Connections } from './connections.ts';
import type { RpcPolicy, RpcServices } from './context.ts';
import { createDoor, type Door, type DoorOptions } from './door.ts';
import { EventDesk } from './event-desk.ts';
import { createUpgrades } from './live/upgrades.ts';
import { createOperatorDoor, type Operate } from './operator-door.ts';
import type { RpcPorts } from './ports.ts';
import { RegistrationQueue } from './registration-queue.ts';
import { Registrations } from './registrations.ts';
import { callOf } from './routes.ts';
import { SignatureDesk } from './signature-desk.ts';
import { UntakenAnswers } from './untaken.ts';
import { UploadSlots } from './upload-slots.ts';

export type RpcOptions = Partial<RpcPolicy> &
  Pick<DoorOptions, 'host' | 'port'> & {
    /** What clients may have done; of its own kind when it is not given. */
    readonly budget?: RpcServices['budget'];
    readonly registrations?: RpcServices['registrations'];
    /** For tests: an answer that the contract does not know is an assertion that fails. */
    readonly checkAnswers?: boolean;
  };

export type RpcServer = Door & {
  /** For the socket of the operator, also before `start`. */
  readonly operate: Operate;
};

/** `start` throws Fault("port.taken" | "host.unusable" | "network.unreachable"). */
export function createRpcServer(ports: RpcPorts, options: RpcOptions): RpcServer {
  const { host, port, requireExpires = false, trustedProxies = 0, registration = 'open' } = options;
  const { clock, log } = ports;
  const connections = new Connections(clock);
  const services = {
    ports,
    policy: { requireExpires, trustedProxies, registration },
    uploads: new UploadSlots(clock),
    desk: new SignatureDesk((checks) => ports.signatures.verify(checks)),
    budget: options.budget ?? new Budget(clock),
    connections,
    events: new EventDesk(),
    untaken: new UntakenAnswers(),
    registrations: options.registrations ?? new Registrations(),
    registering: new RegistrationQueue(clock),
    checkAnswers: options.checkAnswers ?? false,
  };
  const payer = (request: IncomingMessage) => callOf(services, request).charge;
  const doorPorts = { connections, clock, log, payer, upgrades: createUpgrades(services) };
  const door = createDoor(createApp(services), doorPorts, { host, port, trustedProxies });
  return { ...door, operate: createOperatorDoor(services) };
}
