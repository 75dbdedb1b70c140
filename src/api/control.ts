/**
 * The daemon's control socket: HTTP over a unix socket in the state directory, which only root can open. Each client is
 * answered or disconnected in bounded time, and no client keeps another one waiting.
 * @module
 */
import { lstatSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Logger } from '../base/log.ts';
import { UserError } from '../base/user-error.ts';

/** Path of the socket of the daemon with this state directory. */
export const controlSocket = (state: string): string => join(state, 'control');

/** Bytes of a request's body. */
const MAX_BODY = 1 << 20;
const MAX_HEADERS = 8 << 10;
const MAX_CLIENTS = 128;
/** Milliseconds for a request to arrive. */
const REQUEST_MS = 2_000;
/** Milliseconds for a route to answer, and between two lines of an answer. */
export const ANSWER_MS = 10_000;

/** Only root may open the socket, from the start: with a chmod after bind(2) others could open it before. */
const UMASK = 0o177;

/** Bytes that fit into sun_path (unix(7)); libuv would cut off the rest. */
const MAX_PATH = 107;

/** The request is wrong or not possible now. The message, one line, is sent to the client. */
export class Refusal extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/**
 * Carries out a request. Returns a value to send as JSON, or {@link Lines}. Throws {@link Refusal}, or UserError with a
 * message for the client.
 * @param body at most 1 MiB
 */
export type Route = (body: string) => Promise<unknown>;

/** An answer of many lines of JSON, each sent when its value is ready. */
export class Lines {
  readonly values: AsyncIterable<unknown>;

  constructor(values: AsyncIterable<unknown>) {
    this.values = values;
  }
}

/** HTTP status of a UserError: the request is valid, but not possible in the present state. */
const CONFLICT = 409;

/** Removes the socket of a dead daemon. No daemon uses it: this one has the lock on the state directory. */
function removeSocket(path: string): void {
  if (Buffer.byteLength(path) > MAX_PATH) {
    throw new Error(`${path} is too long for a socket: name a shorter --state`);
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw new Error(`${path} is not a socket: remove it`);
  unlinkSync(path);
}

/** A body that is too long is read to its end: a client that is still sending would not read the answer. */
function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size <= MAX_BODY) pieces.push(piece);
      else reject(new Refusal(`the request has more than ${MAX_BODY} bytes`, 413));
    });
    request.on('end', () => resolve(Buffer.concat(pieces).toString('utf8')));
    request.on('error', reject);
  });
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Refusal(`no result within ${ANSWER_MS / 1000} s`, 503)),
      ANSWER_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function statusOf(error: unknown): number {
  if (error instanceof Refusal) return error.status;
  return error instanceof UserError ? CONFLICT : 500;
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  const headers = { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) };
  // A client that goes on to send after a refusal is disconnected.
  response.writeHead(status, { ...headers, Connection: 'close' }).end(text);
}

/** Sends each line as it is ready; an error before the first line is answered as for other routes. */
async function sendLines(response: ServerResponse, { values }: Lines): Promise<void> {
  const lines = values[Symbol.asyncIterator]();
  let next = await inTime(lines.next());
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', Connection: 'close' });
  while (!next.done && !response.destroyed) {
    response.write(`${JSON.stringify(next.value)}\n`);
    next = await inTime(lines.next());
  }
  response.end();
}

/** node:http itself would close the connection without an answer. */
function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
}

function refuseGarbage(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else refuse(socket, '400 Bad Request');
}

export class ControlServer {
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #log: Logger;
  readonly #server: Server;
  /** Clients whose request has not arrived completely, each with its timeout. */
  readonly #arriving = new Map<Duplex, NodeJS.Timeout>();

  /**
   * Handles requests to upgrade the connection to this protocol, and owns their sockets. Other protocols are refused.
   */
  upgrade: { readonly protocol: string; take(socket: Socket): void } | undefined;

  /**
   * Listens. Throws if another file is at the path, or if the path is too long for a socket.
   * @param routes by method and path, such as `POST /attach`
   */
  constructor(path: string, routes: ReadonlyMap<string, Route>, log: Logger) {
    this.#routes = routes;
    this.#log = log;
    removeSocket(path);
    this.#server = createServer({
      maxHeaderSize: MAX_HEADERS,
      // Node checks its own limits with a timer that runs even without clients.
      headersTimeout: 0,
      requestTimeout: 0,
      keepAlive: false,
    });
    this.#server.maxConnections = MAX_CLIENTS;
    this.#server.on('connection', (socket) => this.#limitArrival(socket));
    this.#server.on('request', (request, response) => void this.#answer(request, response));
    this.#server.on('clientError', refuseGarbage);
    this.#server.on('upgrade', (request, socket) => this.#upgrade(request, socket));
    this.#server.on('error', (err) => log.error({ err, path }, 'control socket failed'));
    const before = process.umask(UMASK);
    this.#server.listen(path);
    process.umask(before);
  }

  /** Disconnects a client whose request has not arrived in time. */
  #limitArrival(socket: Socket): void {
    const late = (): void => {
      refuse(socket, '408 Request Timeout');
      socket.destroySoon();
    };
    this.#arriving.set(socket, setTimeout(late, REQUEST_MS));
    socket.once('close', () => this.#arrived(socket));
  }

  #arrived(socket: Duplex): void {
    clearTimeout(this.#arriving.get(socket));
    this.#arriving.delete(socket);
  }

  #upgrade(request: IncomingMessage, socket: Duplex): void {
    this.#arrived(socket);
    const { upgrade } = this;
    const asked = request.headers.upgrade === upgrade?.protocol;
    if (upgrade && asked && socket instanceof Socket) upgrade.take(socket);
    else refuse(socket, '400 Bad Request');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.once('end', () => this.#arrived(request.socket));
    try {
      const answer = await inTime(this.#route(request));
      if (answer instanceof Lines) await sendLines(response, answer);
      else send(response, 200, 'application/json', `${JSON.stringify(answer)}\n`);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      const status = statusOf(error);
      if (status === 500) this.#log.error({ err: error, url: request.url }, 'request failed');
      const message = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.end(`${JSON.stringify({ error: message })}\n`);
      else send(response, status, 'text/plain', `${message}\n`);
    }
  }

  async #route(request: IncomingMessage): Promise<unknown> {
    const name = `${request.method} ${request.url}`;
    const route = this.#routes.get(name);
    if (!route) throw new Refusal(`there is no ${name}`, 404);
    return route(await bodyOf(request));
  }

  /** Stops listening, removes the socket and disconnects all clients. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
