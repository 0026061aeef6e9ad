/**
 * Connections at /rpc that become WebSockets (RFC 6455): who may, who has one, and their end. What a browser says of its page
 * is looked at here, once: a WebSocket has no preflight, and a page of another site gets none.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { limits } from '../../core/limits.ts';
import type { RpcServices } from '../context.ts';
import { UPGRADE_COST } from '../costs.ts';
import { faultOf } from '../headers.ts';
import { createJsonRpc } from '../json-rpc.ts';
import { admitCaller, type Caller, callerOf } from '../page.ts';
import type { Problem } from '../problem.ts';
import { refuseRaw } from '../raw-problem.ts';
import { callOf } from '../routes.ts';
import { clientOf } from '../upload-slots.ts';
import { LiveFeed } from './live-feed.ts';
import { CLOSE, Session } from './session.ts';

export type Upgrades = {
  /** Does it ask for what is here? If not, it is a request as any other. */
  accepts(request: IncomingMessage): boolean;
  /** It is read by nobody any more. */
  take(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** Takes no more, and ends those that there are when their answers have been sent. */
  stop(): Promise<void>;
};

export function createUpgrades(services: RpcServices): Upgrades {
  const { ports, policy, connections } = services;
  const { clock, names, node } = ports;
  const server = new WebSocketServer(SERVER_OPTIONS);
  const answer = createJsonRpc(ports);
  const feed = new LiveFeed(ports);
  const sessions = new Map<Session, WebSocket>();
  let isStopping = false;

  function faultIn(request: IncomingMessage, caller: Caller): Problem | undefined {
    const paid = callOf(services, request).pay(UPGRADE_COST);
    if (paid.kind !== 'accept') return paid;
    const wrong = faultOf(request, names);
    if (wrong !== undefined) return wrong;
    const refused = admitCaller(caller, true);
    if (refused?.kind === 'reject') return refused;
    return isStopping || node.closed() ? { code: 'node.not-ready' } : undefined;
  }

  function take(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy()); // nobody else listens: an error would end the node
    // No link leads here, and no image: every browser says from which page it comes.
    const caller = callerOf({ method: 'POST', headers: request.headers }, (origin) => names.isListed(origin));
    const wrong = faultIn(request, caller);
    if (wrong !== undefined) return void refuseRaw(socket, wrong);
    let session: Session | undefined;
    const from = clientOf(request, policy.trustedProxies);
    const begunAt = clock.now();
    const unused = () => (session === undefined ? clock.now() - begunAt : session.unusedMs());
    if (!connections.upgraded(request, from, unused))
      return void refuseRaw(socket, { code: 'request.too-many' });
    server.handleUpgrade(request, socket, head, (ws) => {
      const one = new Session(ws, { services, answer, feed, request, caller });
      session = one;
      sessions.set(one, ws);
      ws.once('close', () => sessions.delete(one));
    });
  }

  async function stop(): Promise<void> {
    isStopping = true;
    if (sessions.size === 0) return;
    const cancel = clock.after(limits.httpStopMs, () => {
      for (const session of sessions.keys()) session.end(CLOSE.goingAway, '');
    });
    const closed = [...sessions.values()].map((ws) => new Promise((resolve) => ws.once('close', resolve)));
    for (const session of [...sessions.keys()]) session.leave();
    await Promise.all(closed);
    cancel();
  }

  return { accepts, take, stop };
}

function accepts({ method, url = '', headers }: IncomingMessage): boolean {
  const isWebSocket = headers.upgrade?.toLowerCase() === 'websocket';
  return isWebSocket && method === 'GET' && url.split('?', 1)[0] === '/rpc';
}

/** Some of them are newer than the types. */
const SERVER_OPTIONS = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: limits.bodyBytesMax,
  maxFragments: limits.webSocketFragmentsMax,
  maxBufferedChunks: limits.webSocketChunksMax,
  // One message of a connection in a turn of the loop, and a ping is answered by who has room.
  allowSynchronousEvents: false,
  autoPong: false,
  closeTimeout: limits.webSocketCloseMs,
};
