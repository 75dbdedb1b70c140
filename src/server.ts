/**
 * The data plane: a serving thread, in the order of a read's path. Its event loop never turns: all is
 * synchronous, messages to the main thread are posted and never awaited.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Config } from './config/schema.ts';
import type { Container } from './containers/container.ts';
import { nodeId } from './fuse/tree.ts';
import { createLogger, type Logger } from './log.ts';
import { native } from './native.ts';
import { Renderer } from './renderer.ts';
import { Residents } from './residents.ts';
import { views } from './views/registry.ts';
import { TextWriter } from './views/text.ts';
import type { View } from './views/view.ts';

/** What the main thread gives a serving thread. */
export interface ServerOptions {
  readonly config: Config;
  /** The native session's id. */
  readonly session: number;
  /** Number of this thread, from 0. */
  readonly worker: number;
}

/** What a serving thread tells the main thread. */
export type ServerMessage =
  | { readonly kind: 'ready' }
  /** A container that was seen for the first time. */
  | { readonly kind: 'container'; readonly container: Container };

/** Biggest body; pages that no body ever reached take no memory. */
const BODY = 32 << 20;

const ENOENT = 2;

/** Different failures remembered as already logged. */
const MOST_KINDS = 256;

export class Server {
  readonly out = new TextWriter(new Uint8Array(BODY));
  readonly #log: Logger;
  readonly #renderer: Renderer;
  readonly #residents: Residents;
  readonly #views = new Map(views.map((view) => [nodeId(view.path), view]));
  readonly #logged = new Set<string>();

  constructor({ config, worker }: ServerOptions) {
    this.#log = createLogger(config.log, `server ${worker}`);
    this.#renderer = new Renderer(config, 'shared');
    this.#residents = new Residents(this.#renderer, config.roots.proc, (container) =>
      tell({ kind: 'container', container }),
    );
  }

  /** Answers one open or re-read: the body's length in `out`, or a negative errno. */
  render(node: number, pid: number): number {
    const view = this.#views.get(node);
    if (!view) return -ENOENT;
    if (this.#renderForContainer(view, pid)) return this.out.length;
    return this.#renderer.renderHost(view, this.out) || this.out.length;
  }

  /** False: the caller gets the host's bytes. Whatever goes wrong is logged once per kind. */
  #renderForContainer(view: View, pid: number): boolean {
    try {
      const sampler = this.#residents.of(pid);
      return sampler !== null && this.#renderer.renderContainer(view, sampler, this.out);
    } catch (error) {
      this.#report(view, error);
      return false;
    }
  }

  #report(view: View, error: unknown): void {
    const kind = `${view.path} ${error instanceof Error ? error.message : String(error)}`;
    if (this.#logged.has(kind) || this.#logged.size >= MOST_KINDS) return;
    this.#logged.add(kind);
    this.#log.error({ err: error, file: view.path }, 'view failed, host bytes served instead');
  }
}

const tell = (message: ServerMessage): void => parentPort?.postMessage(message);

/** Serves until the session ends, in the thread that loaded this module. */
function serve(options: ServerOptions): void {
  const server = new Server(options);
  const session = native.Session.attach(options.session);
  const { bytes } = server.out;
  tell({ kind: 'ready' });
  session.serve(options.worker, bytes, (node, pid) => server.render(node, pid));
}

if (parentPort) serve(workerData as ServerOptions);
