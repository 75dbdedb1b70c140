/**
 * Takeover: a new daemon receives the connection of the running one over its control socket. The running daemon stops
 * serving and sends its descriptors. It ends when the new daemon confirms that it serves. If the new daemon closes the
 * socket before, or dies, the running daemon continues.
 * @module
 */
import { closeSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { z } from 'zod/v3';
import { controlSocket } from '../api/control.ts';
import { UserError } from '../base/user-error.ts';
import type { Config } from '../config/schema.ts';
import { type HandedOver, native } from '../native/addon.ts';
import type { KeptDescriptor } from '../native/session.ts';

/** Milliseconds for the running daemon to stop serving, and for the new one to start. */
const TIMEOUT_MS = 30_000;

/** Name of the protocol in the `Upgrade` header; another version of the protocol has another name. */
export const PROTOCOL = 'procview-takeover-1';

const REQUEST = `POST /takeover HTTP/1.1\r\nHost: procview\r\nConnection: Upgrade\r\nUpgrade: ${PROTOCOL}\r\n\r\n`;
const SWITCHING = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${PROTOCOL}\r\n\r\n`;
const CONFIRMATION = 'serving\n';

const headSchema = z.object({ names: z.array(z.string()) });

/** The connection that a new daemon received. */
export interface Takeover {
  readonly descriptors: readonly KeptDescriptor[];
  /** Lets the old daemon end. */
  confirm(): void;
}

const failure = (reason: string): UserError =>
  new UserError(`cannot take over from the running procview: ${reason}`);

/** The reason in an answer other than 101. */
function reasonIn({ answer }: HandedOver): string {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return body.trim() || head.split('\r\n')[0] || 'no answer';
}

/**
 * Requests the connection of the daemon with this state directory; null if no daemon runs. Throws UserError if the
 * daemon rejects the request.
 */
export function requestTakeover(config: Config): Takeover | null {
  const path = controlSocket(config.state);
  let received: HandedOver;
  try {
    received = native.takeOver(path, REQUEST, TIMEOUT_MS);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return null;
    throw failure((error as Error).message);
  }
  const { socket, answer, descriptors } = received;
  if (!answer.startsWith('HTTP/1.1 101 ')) {
    closeSync(socket);
    throw failure(reasonIn(received));
  }
  const { names } = headSchema.parse(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))));
  return {
    descriptors: descriptors.map((fd, i) => ({ name: names[i] ?? '', fd })),
    confirm: () => {
      writeSync(socket, CONFIRMATION);
      closeSync(socket);
    },
  };
}

/** node:net has no public name for the descriptor. */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } };
  return handle?.fd ?? -1;
}

/**
 * Sends descriptors to the daemon that requested them. Call it when no thread serves any more.
 * @returns whether the other daemon serves them; false: continue to serve
 */
export function sendTakeover(
  socket: Socket,
  descriptors: readonly KeptDescriptor[],
): Promise<boolean> {
  const head = JSON.stringify({ names: descriptors.map(({ name }) => name) });
  const fds = descriptors.map(({ fd }) => fd);
  return new Promise((resolve) => {
    const end = (served: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(served);
    };
    const timer = setTimeout(() => end(false), TIMEOUT_MS);
    let received = '';
    socket.on('data', (piece: Buffer) => {
      received += piece.toString('latin1');
      if (received.startsWith(CONFIRMATION)) end(true);
    });
    // node:http leaves its half of a connection open when the peer closes the other half: `close` may never come.
    for (const event of ['end', 'error', 'close']) socket.on(event, () => end(false));
    if (native.handOver(descriptorOf(socket), `${SWITCHING}${head}\n`, fds) !== 0) end(false);
  });
}

/** Answers a request for a takeover that is not possible now. */
export function rejectTakeover(socket: Socket, reason: string): void {
  const body = `${reason}\n`;
  const head = `HTTP/1.1 409 Conflict\r\nConnection: close\r\nContent-Length: ${body.length}`;
  socket.end(`${head}\r\n\r\n${body}`);
}
