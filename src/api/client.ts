/**
 * Asking a running daemon over its control socket.
 * @module
 */
import { request } from 'node:http';
import { UserError } from '../base/user-error.ts';
import type { Config } from '../config/schema.ts';
import { controlSocket } from './control.ts';

/** Posts to a route. Returns the answer's body. Throws UserError with the reason if it is refused. */
export function post(config: Config, path: string): Promise<string> {
  const socketPath = controlSocket(config.state);
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, method: 'POST' }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        body += piece;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new UserError(body.trim()));
      });
    });
    asked.on('error', ({ message }) =>
      reject(new UserError(`no procview answers at ${socketPath}: ${message}`)),
    );
    asked.end();
  });
}
