/**
 * Clients of a control socket.
 * @module
 */
import { request } from 'node:http';
import net from 'node:net';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export function ask(socketPath: string, path: string, body = '', method = 'POST'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, method }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on('error', reject).end(body);
  });
}

/**
 * Sends bytes unchanged. Resolves with the answer when the server closes the connection.
 * @param then `end`: closes the sending half; `write`: leaves it open
 */
export function sendRaw(
  path: string,
  bytes: string | Uint8Array,
  then: 'write' | 'end',
): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = net.connect(path, () => socket[then](bytes));
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
    });
    socket.on('error', () => undefined).on('close', () => resolve(text));
  });
}
