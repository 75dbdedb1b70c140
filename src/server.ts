/**
 * The data plane: a serving thread, in the order of a read's path. Its event loop never turns: all is
 * synchronous, messages to the main thread are posted and never awaited.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Config } from './config/schema.ts';
import type { Container } from './containers/container.ts';
import { createLogger, type Logger } from './log.ts';
import { type Lookup, native } from './native.ts';
import { Entries } from './overlay/entries.ts';
import { Renderer } from './renderer.ts';
import { Residents } from './residents.ts';
import type { CpuModel } from './sampling/cpu-model.ts';
import { idsByPath, servedNodes, servedViews } from './served.ts';
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

const EIO = 5;

/** Different failures remembered as already logged. */
const MOST_KINDS = 256;

export class Server {
  readonly out = new TextWriter(new Uint8Array(BODY));
  readonly #log: Logger;
  readonly #renderer: Renderer;
  readonly #residents: Residents;
  readonly #views: ReadonlyMap<number, View>;
  readonly #entries: Entries;
  readonly #logged = new Set<string>();

  constructor({ config, worker }: ServerOptions) {
    this.#log = createLogger(config.log, `server ${worker}`);
    this.#renderer = new Renderer(config, 'shared');
    this.#residents = new Residents(this.#renderer, config.roots.proc, (container) =>
      tell({ kind: 'container', container }),
    );
    const ids = idsByPath(servedNodes(this.#renderer));
    this.#views = new Map(
      servedViews(this.#renderer).map((view) => [ids.get(view.path) ?? 0, view]),
    );
    this.#entries = new Entries(this.#renderer.overlays, ids);
  }

  /** Finds a name that depends on who looks: its node's id, or a negative errno. */
  lookup(directory: number, name: string, pid: number): number {
    return this.#entry(() => this.#entries.lookup(directory, name, this.#cpus(pid)));
  }

  /** Answers one open, re-read or listing: the body's length in `out`, or a negative errno. */
  render(node: number, pid: number): number {
    const view = this.#views.get(node);
    if (!view) {
      return this.#entry(() => this.#entries.render(node, this.#cpus(pid), this.out));
    }
    const linux32 = this.#renderer.isLinux32(view, pid);
    if (this.#renderForContainer(view, pid, linux32)) return this.out.length;
    return this.#renderer.renderHost(view, this.out, linux32) || this.out.length;
  }

  /** False: the caller gets the host's bytes. Whatever goes wrong is logged once per kind. */
  #renderForContainer(view: View, pid: number, linux32: boolean): boolean {
    try {
      const sampler = this.#residents.of(pid);
      if (sampler === null) return false;
      return this.#renderer.renderContainer(view, sampler, this.out, linux32);
    } catch (error) {
      this.#report(view.path, error);
      return false;
    }
  }

  /** The CPUs of the caller's container; null: it sees the host's. */
  #cpus(pid: number): CpuModel | null {
    try {
      return this.#residents.of(pid)?.take(['cpus']).cpus ?? null;
    } catch (error) {
      this.#report('sys/devices/system/cpu', error);
      return null;
    }
  }

  /** An entry that fails has no bytes of the host to take its place. */
  #entry(answer: () => number): number {
    try {
      return answer();
    } catch (error) {
      this.#report('sys/devices/system', error);
      return -EIO;
    }
  }

  #report(file: string, error: unknown): void {
    const kind = `${file} ${error instanceof Error ? error.message : String(error)}`;
    if (this.#logged.has(kind) || this.#logged.size >= MOST_KINDS) return;
    this.#logged.add(kind);
    this.#log.error({ err: error, file }, 'file failed, host bytes or an error served instead');
  }
}

const tell = (message: ServerMessage): void => parentPort?.postMessage(message);

/** Serves until the session ends, in the thread that loaded this module. */
function serve(options: ServerOptions): void {
  const server = new Server(options);
  const session = native.Session.attach(options.session);
  const { bytes } = server.out;
  const lookup: Lookup = (directory, name, pid) => server.lookup(directory, name, pid);
  tell({ kind: 'ready' });
  session.serve(options.worker, bytes, (node, pid) => server.render(node, pid), lookup);
}

if (parentPort) serve(workerData as ServerOptions);
