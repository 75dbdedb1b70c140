/**
 * The daemon's control socket: HTTP over a unix socket in the state directory, for root alone. Whatever a
 * client does, it is answered or dropped in bounded time, and keeps no other waiting.
 * @module
 */
import { lstatSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Logger } from '../base/log.ts';

/** Where a daemon with this state directory listens. */
export const controlSocket = (state: string): string => join(state, 'control');

/** Bytes of a request's body. */
const MAX_BODY = 1 << 20;
const MAX_HEADERS = 8 << 10;
const MAX_CLIENTS = 128;
/** Milliseconds: for a request to arrive, and for a route to answer it. */
const REQUEST_TIME = 2_000;
const ANSWER_TIME = 10_000;

/** No one but us may open it: there is no moment between bind(2) and a chmod. */
const UMASK = 0o177;

/** unix(7): what fits into sun_path; libuv would cut off the rest. */
const MAX_PATH = 107;

/** A request that cannot be done as it was made; its message, one line, is for the client. */
export class Refusal extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/**
 * Does what a request asks. Returns what is sent back as JSON; throws {@link Refusal} for the client's mistakes.
 * @param body at most 1 MiB
 */
export type Route = (body: string) => Promise<unknown>;

/** The daemon's own lock on the state directory says that a socket found there is nobody's. */
function makeRoom(path: string): void {
  if (Buffer.byteLength(path) > MAX_PATH) {
    throw new Error(`${path} is too long for a socket: name a shorter --state`);
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw new Error(`${path} is not a socket: remove it`);
  unlinkSync(path);
}

/** What is too much is read and dropped, for a client that sends would not see the answer. */
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
    timer = setTimeout(() => reject(new Refusal('it takes too long', 503)), ANSWER_TIME);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  const headers = { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) };
  // A client that sends on after a refusal is not listened to.
  response.writeHead(status, { ...headers, Connection: 'close' }).end(text);
}

/** Without us HTTP would close the connection silently. */
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
  /** Clients whose request has not yet arrived, and when it has to have. */
  readonly #arriving = new Map<Duplex, NodeJS.Timeout>();

  /**
   * Who wants the connection to become another one, asked for by this name: it is theirs from then on.
   * Others are refused.
   */
  upgrade: { readonly protocol: string; take(socket: Socket): void } | undefined;

  /**
   * Listens. Throws if the path is taken by what is no socket, or too long for one.
   * @param routes by method and path, such as `POST /attach`
   */
  constructor(path: string, routes: ReadonlyMap<string, Route>, log: Logger) {
    this.#routes = routes;
    this.#log = log;
    makeRoom(path);
    this.#server = createServer({
      maxHeaderSize: MAX_HEADERS,
      // Node's own limits are kept by looking again and again, whether there are clients or not.
      headersTimeout: 0,
      requestTimeout: 0,
      keepAlive: false,
    });
    this.#server.maxConnections = MAX_CLIENTS;
    this.#server.on('connection', (socket) => this.#await(socket));
    this.#server.on('request', (request, response) => void this.#answer(request, response));
    this.#server.on('clientError', refuseGarbage);
    this.#server.on('upgrade', (request, socket) => this.#upgrade(request, socket));
    this.#server.on('error', (err) => log.error({ err, path }, 'the control socket failed'));
    const before = process.umask(UMASK);
    this.#server.listen(path);
    process.umask(before);
  }

  /** Drops a client whose request has not arrived in time. */
  #await(socket: Socket): void {
    const late = (): void => {
      refuse(socket, '408 Request Timeout');
      socket.destroySoon();
    };
    this.#arriving.set(socket, setTimeout(late, REQUEST_TIME));
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
      send(response, 200, 'application/json', `${JSON.stringify(answer)}\n`);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      const refused = error instanceof Refusal;
      if (!refused) this.#log.error({ err: error, url: request.url }, 'a request failed');
      const message = error instanceof Error ? error.message : String(error);
      send(response, refused ? error.status : 500, 'text/plain', `${message}\n`);
    }
  }

  async #route(request: IncomingMessage): Promise<unknown> {
    const name = `${request.method} ${request.url}`;
    const route = this.#routes.get(name);
    if (!route) throw new Refusal(`there is no ${name}`, 404);
    return route(await bodyOf(request));
  }

  /** Stops listening, removes the socket and drops all clients. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
