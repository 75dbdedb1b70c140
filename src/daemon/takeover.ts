/**
 * One daemon hands its connection to another one, over its control socket: the old one stops serving and
 * sends the descriptors; when the new one says that it serves, the old one ends; if it closes the
 * conversation before, or dies, the old one goes on.
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

/** Milliseconds that the old one has to stop, and the new one to serve. */
const TIME = 30_000;

/** Names the protocol; another version of it is another name. */
export const TAKEOVER = 'procview-takeover-1';

const REQUEST = `POST /takeover HTTP/1.1\r\nHost: procview\r\nConnection: Upgrade\r\nUpgrade: ${TAKEOVER}\r\n\r\n`;
const SWITCHING = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${TAKEOVER}\r\n\r\n`;
const SERVING = 'serving\n';

const headSchema = z.object({ names: z.array(z.string()) });

/** What a new daemon got from the old one. */
export interface Taken {
  readonly descriptors: readonly KeptDescriptor[];
  /** Tells the old one that it is not needed any more. */
  serving(): void;
}

function refusal({ answer }: HandedOver): UserError {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const reason = body.trim() || head.split('\r\n')[0] || 'no answer';
  return new UserError(`the running procview does not hand over: ${reason}`);
}

/** Takes the connection of the daemon with this state directory; null if there is none. Throws UserError. */
export function takeOver(config: Config): Taken | null {
  const path = controlSocket(config.state);
  let handed: HandedOver;
  try {
    handed = native.takeOver(path, REQUEST, TIME);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return null;
    throw new UserError(`the running procview does not hand over: ${(error as Error).message}`);
  }
  const { socket, answer, descriptors } = handed;
  if (!answer.startsWith('HTTP/1.1 101 ')) {
    closeSync(socket);
    throw refusal(handed);
  }
  const { names } = headSchema.parse(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))));
  return {
    descriptors: descriptors.map((fd, i) => ({ name: names[i] ?? '', fd })),
    serving: () => {
      writeSync(socket, SERVING);
      closeSync(socket);
    },
  };
}

/** node:net has no name for it. */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } };
  return handle?.fd ?? -1;
}

/**
 * Sends descriptors to who has asked for them. Call it when nobody serves any more.
 * @returns whether they are served by the other one; false: go on
 */
export function handOver(socket: Socket, descriptors: readonly KeptDescriptor[]): Promise<boolean> {
  const head = JSON.stringify({ names: descriptors.map(({ name }) => name) });
  const fds = descriptors.map(({ fd }) => fd);
  return new Promise((resolve) => {
    const end = (served: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(served);
    };
    const timer = setTimeout(() => end(false), TIME);
    let said = '';
    socket.on('data', (piece: Buffer) => {
      said += piece.toString('latin1');
      if (said.startsWith(SERVING)) end(true);
    });
    // HTTP leaves its half of a connection open when the other one is closed: there may be no `close`.
    for (const event of ['end', 'error', 'close']) socket.on(event, () => end(false));
    if (native.handOver(descriptorOf(socket), `${SWITCHING}${head}\n`, fds) !== 0) end(false);
  });
}

/** Answers who cannot be handed anything. */
export function refuse(socket: Socket, reason: string): void {
  const body = `${reason}\n`;
  const head = `HTTP/1.1 409 Conflict\r\nConnection: close\r\nContent-Length: ${body.length}`;
  socket.end(`${head}\r\n\r\n${body}`);
}
