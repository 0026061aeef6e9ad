/**
 * Metrics for a machine of the operator, at a port of their own on the loopback address: how many readers come, and what
 * for, is for nobody else, and the port of the API may be open to the world. Pages get nothing here, by whatever name.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assert } from '../core/assert.ts';
import type { Code } from '../core/codes.ts';
import { limits } from '../core/limits.ts';
import { cannotListen } from '../core/listening.ts';
import type { Clock, Log, Startable } from '../core/ports.ts';
import { drainBehindAnswers } from '../http/drain.ts';
import { isOurs } from '../http/host-name.ts';
import { takeOneAtATime } from '../http/one-at-a-time.ts';
import { takeAbsoluteTargets } from '../http/target.ts';
import { callerOf, mayBeForeign } from './page.ts';
import { problemDocument } from './problem.ts';

/** What Prometheus exporters around here do not use. */
export const METRICS_PORT = 8648;
const HOST = '127.0.0.1';

type Ports = {
  /** Text exposition format of prom-client. */
  metrics(): Promise<string>;
  readonly clock: Clock;
  readonly log: Log;
  fail(error: Error): void;
};

export type MetricsServer = Startable & {
  /** After `start`. */
  port(): number;
};

/**
 * `start` throws Fault("port.taken") when the port that was asked for is taken.
 * @param asked - undefined: the usual one, or any other when it is taken; 0: any.
 */
export function createMetricsServer(ports: Ports, asked: number | undefined): MetricsServer {
  const server = createServer({ headersTimeout: limits.headersTimeoutMs }, (request, response) => {
    answer(ports, request, response).catch((error: Error) => {
      response.destroy();
      ports.fail(error);
    });
  });
  takeOneAtATime(server);
  takeAbsoluteTargets(server);
  drainBehindAnswers(server, ports.clock);
  server.maxConnections = limits.metricsConnectionsMax;

  function listen(port: number): Promise<void> {
    return new Promise((resolve, fail) => {
      server.once('error', fail);
      server.listen(port, HOST, () => {
        server.off('error', fail);
        server.on('error', (error) => ports.log.error('the server for metrics failed', { error }));
        resolve();
      });
    });
  }

  async function start(): Promise<void> {
    try {
      await listen(asked ?? METRICS_PORT).catch((error: NodeJS.ErrnoException) => {
        if (asked !== undefined || error.code !== 'EADDRINUSE') throw error;
        return listen(0);
      });
    } catch (cause) {
      const place = { what: 'the port of the metrics', option: '--metrics-port', host: HOST };
      throw cannotListen({ ...place, port: asked ?? METRICS_PORT }, cause);
    }
    if (asked === undefined && port() !== METRICS_PORT) {
      ports.log.warn('metrics: the usual port is taken, another one is used', {
        usual: METRICS_PORT,
        port: port(),
      });
    }
  }

  function stop(): Promise<void> {
    if (!server.listening) return Promise.resolve();
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  function port(): number {
    const bound = server.address() as AddressInfo | null;
    assert(bound !== null, 'the server for metrics listens');
    return bound.port;
  }

  return { start, stop, port };
}

async function answer(ports: Ports, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  const code = refusal(request);
  if (code !== undefined) {
    const document = problemDocument({ code });
    response.writeHead(document.status, { 'Content-Type': 'application/problem+json' });
    response.end(`${JSON.stringify(document)}\n`);
    return;
  }
  response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
  response.end(await ports.metrics());
}

function refusal(request: IncomingMessage): Code | undefined {
  const { method, url, headers } = request;
  if (headers.host !== undefined && !isOurs(headers.host, () => false)) return 'host.foreign';
  // Before the path: a page that can see whether something has come does not learn that metrics are here.
  if (mayBeForeign(callerOf(request))) return 'page.foreign';
  if (url?.split('?', 1)[0] !== '/metrics') return 'request.not-found';
  return method === 'GET' || method === 'HEAD' ? undefined : 'request.method-not-allowed';
}
