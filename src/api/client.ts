/**
 * A client of the daemon's control socket.
 * @module
 */
import { type IncomingMessage, request } from 'node:http';
import { UserError } from '../base/user-error.ts';
import type { Config } from '../config/schema.ts';
import { ANSWER_MS, controlSocket } from './control.ts';

/** Milliseconds of silence after which the user learns what the command waits for. */
const NOTICE_MS = 2_000;

/** Milliseconds of silence after which the command fails. The daemon itself answers earlier, with the reason. */
const TIMEOUT_MS = ANSWER_MS + 1_000;

/** No daemon listens at the socket, or one that has no such route: an older version. */
export class NoDaemonError extends UserError {}

/** The error for the user if the connection was not possible; else the error itself. */
function connectError(path: string, error: NodeJS.ErrnoException): Error {
  const { code = '', message } = error;
  if (code === 'EACCES') return new UserError(`${path} is for root only: run with sudo`);
  if (code !== 'ENOENT' && code !== 'ECONNREFUSED') return error;
  return new NoDaemonError(`no procview answers at ${path}: ${message}`);
}

/** Passes on the lines of an answer. Throws UserError with the text of an answer other than 200. */
async function readAnswer(
  response: IncomingMessage,
  onLine: (line: string) => void,
  onData: () => void,
): Promise<void> {
  const accepted = response.statusCode === 200;
  let text = '';
  for await (const piece of response.setEncoding('utf8')) {
    onData();
    text += piece;
    const lines = accepted ? text.split('\n') : [text];
    text = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  }
  if (response.statusCode === 404) throw new NoDaemonError(text.trim());
  if (!accepted) throw new UserError(text.trim());
}

export class ControlClient {
  readonly #path: string;
  readonly #onSlow: (notice: string) => void;

  /** @param onSlow called when the daemon has sent nothing for 2 s, with a line for the user */
  constructor({ state }: Config, onSlow: (notice: string) => void) {
    this.#path = controlSocket(state);
    this.#onSlow = onSlow;
  }

  /**
   * Posts a request. Throws NoDaemonError, or UserError with the daemon's reason.
   * @param onLine called for each line of the answer as it arrives
   */
  async post(route: string, body = '', onLine: (line: string) => void = () => {}): Promise<void> {
    const abort = new AbortController();
    const notice = (): void => this.#onSlow(`waiting for the daemon at ${this.#path}`);
    const timers = [
      setTimeout(notice, NOTICE_MS),
      setTimeout(() => abort.abort(), TIMEOUT_MS),
    ] as const;
    try {
      const response = await this.#open(route, body, abort.signal);
      await readAnswer(response, onLine, () => {
        for (const timer of timers) timer.refresh();
      });
    } catch (error) {
      if (error instanceof UserError) throw error;
      const reason = abort.signal.aborted
        ? `does not answer within ${TIMEOUT_MS / 1000} s`
        : `ended the connection: ${(error as Error).message}`;
      throw new UserError(`the procview at ${this.#path} ${reason}`, { cause: error });
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }

  #open(path: string, body: string, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request({ socketPath: this.#path, path, method: 'POST', signal }, resolve)
        .on('error', (error) => reject(connectError(this.#path, error)))
        .end(body);
    });
  }
}
