/** Somebody who sends without end. */
import { connect } from 'node:net';

/** Sends `unit` again and again behind `head`, until the connection ends. @returns what came back. */
export function pushUntilClosed(port: number, head: string, unit: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  const more = (): void => {
    while (!socket.destroyed && socket.write(unit));
  };
  socket.on('error', () => undefined).on('drain', more);
  socket.write(head);
  more();
  return new Promise((resolve) => {
    socket.once('close', () => resolve(answer));
  });
}

/** Chunks of a byte, as cheap to send and as dear to read as they can be. */
export const BYTE = '1\r\na\r\n';
export const MANY_BYTES = BYTE.repeat(5_000);
export const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n';
