/**
 * One client gets a share of the connections, not all. Behind proxies of the operator the connections are theirs, and
 * what counts are the requests under way of each client that they name.
 */

import type { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import { sourceAddress } from '../core/address.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { Shares } from '../core/shares.ts';
import { drain } from './drain.ts';
import { sendProblem } from './respond.ts';
import { clientOf } from './upload-slots.ts';

/** @param refuse - tells the client, and closes. */
export function shareConnections(refuse: (socket: Socket) => void): (socket: Socket) => void {
  const shares = new Shares(limits.httpConnectionsPerClientMax);
  return (socket) => {
    const leave = shares.take(sourceAddress(socket.remoteAddress, undefined, 0));
    if (leave === undefined) refuse(socket);
    else socket.once('close', leave);
  };
}

export function shareRequests(trustedProxies: number, clock: Clock): RequestHandler {
  const shares = new Shares(limits.httpConnectionsPerClientMax);
  return (request, response, next) => {
    const leave = shares.take(clientOf(request, trustedProxies));
    if (leave !== undefined) {
      response.once('close', leave);
      return next();
    }
    drain(request, clock);
    return sendProblem(response, { code: 'request.too-many' });
  };
}
