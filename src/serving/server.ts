/**
 * The data plane: a serving thread, in the order of a read's path. All is synchronous, messages to the main
 * thread are posted and never awaited. Its event loop turns only after files of containers were closed: Node frees
 * objects of the addon then.
 * @module
 */
import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import { SERVING } from '../base/capabilities.ts';
import { compileAtFirstCall } from '../base/v8-flags.ts';
import type { Config } from '../config/schema.ts';
import type { Container } from '../containers/container.ts';
import { native } from '../native/addon.ts';
import type { Lookup, Render, Write } from '../native/session.ts';
import type { NativeCallers } from '../native/tasks.ts';
import { Entries } from '../overlay/entries.ts';
import { ParameterFiles, parameterFiles } from '../parameters/files.ts';
import type { CpuModel } from '../sampling/cpu-model.ts';
import { type FeatureSet, featureOf } from '../switches/features.ts';
import { HOST_SWITCH, SWITCH_FILES, SwitchFiles } from '../switches/files.ts';
import { openSwitches } from '../switches/open.ts';
import type { SysctlFiles } from '../switches/sysctl-files.ts';
import type { ServedFile } from '../tree/nodes.ts';
import { TextWriter } from '../views/text.ts';
import type { View } from '../views/view.ts';
import { type Resident, Residents } from './caller-cache.ts';
import { Renderer } from './renderer.ts';
import { idsByPath, servedNodes, servedViews } from './served-tree.ts';
import { sysctlLinks } from './sysctl-dir.ts';

/** 0 until a serving thread has been told what to serve. */
export type Gate = Int32Array<SharedArrayBuffer>;

/** What a serving thread is to serve. */
export interface Assignment {
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
  | { readonly kind: 'container'; readonly container: Container }
  /** A line for the log: a logger of its own would take this thread 2 MB and a third of its start. */
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'error';
      readonly fields: object;
      readonly text: string;
    };

/** Biggest body; pages that no body ever reached take no memory. */
const BODY = 32 << 20;

const EIO = 5;
const EAGAIN = 11;
const EACCES = 13;

/** Names all overlays in the log. */
const SYS = 'sys/devices/system';

const CPUS = ['cpus'] as const;

/** Different failures remembered as already logged. */
const MOST_KINDS = 256;

interface ServedView {
  readonly view: View;
  readonly feature: FeatureSet;
}

interface Sysctl {
  readonly path: string;
  readonly files: SysctlFiles;
}

export class Server {
  readonly out = new TextWriter(new Uint8Array(BODY));
  /** Whose the body in `out` is: 0 for the host, else a container's number. */
  readonly owner = new Float64Array(1);
  readonly #renderer: Renderer;
  readonly #residents: Residents;
  readonly #views: ReadonlyMap<number, ServedView>;
  readonly #entries: Entries;
  /** Targets of static links. */
  readonly #links: ReadonlyMap<number, string>;
  readonly #sysctls: ReadonlyMap<number, Sysctl>;
  readonly #logged = new Set<string>();
  readonly #tellsAll: boolean;

  /** @param closed called while a request is answered, when files of containers were closed. */
  constructor(config: Config, closed: () => void) {
    this.#tellsAll = ['debug', 'trace'].includes(config.log.level);
    this.#renderer = new Renderer(config, 'shared');
    const switches = openSwitches(config);
    this.#residents = new Residents({
      renderer: this.#renderer,
      switches,
      announce: (container) => tell({ kind: 'container', container }),
      closed,
    });
    const ids = idsByPath(servedNodes(this.#renderer));
    const idOf = ({ path }: ServedFile): number => ids.get(path) ?? 0;
    this.#views = new Map(
      servedViews(this.#renderer).map((view) => [
        idOf(view),
        { view, feature: featureOf(view.path) },
      ]),
    );
    this.#entries = new Entries(this.#renderer.overlays, ids);
    const links = sysctlLinks(config.roots.proc);
    this.#links = new Map(links.map((link) => [idOf(link), link.target ?? '']));
    const { resolver } = this.#renderer;
    const sysctls = [
      [SWITCH_FILES, new SwitchFiles(switches, resolver, config.isolation.policy)],
      [parameterFiles(config.roots.proc), new ParameterFiles(switches, resolver)],
    ] as const;
    this.#sysctls = new Map(
      sysctls.flatMap(([served, files]) =>
        served.map((file) => [idOf(file), { path: file.path, files }] as const),
      ),
    );
  }

  /** Who readers are. */
  get callers(): NativeCallers {
    return this.#residents.callers;
  }

  /** Finds a name that depends on who looks: its node's id, or a negative errno. */
  lookup(directory: number, name: string, pid: number): number {
    return this.#answer(SYS, () =>
      this.#entries.lookup(directory, name, (path) => this.#cpus(path, pid)),
    );
  }

  /**
   * Answers one open, re-read or listing: the body's length in `out`, or a negative errno: EAGAIN if a
   * container's view fails, whatever goes wrong; who asked gets the last one.
   */
  render(node: number, pid: number): number {
    const served = this.#views.get(node);
    if (!served) return this.#renderOther(node, pid);
    const { view } = served;
    const linux32 = this.#renderer.isLinux32(view, pid);
    const rendered = this.#renderForContainer(served, pid, linux32);
    if (rendered === null) return -EAGAIN;
    if (rendered) return this.out.length;
    return this.#renderer.renderHost(view, this.out, linux32) || this.out.length;
  }

  #renderOther(node: number, pid: number): number {
    const target = this.#links.get(node);
    if (target !== undefined) return this.#text(target);
    const sysctl = this.#sysctls.get(node);
    if (sysctl === undefined) {
      const look = (path: string): CpuModel | null => this.#cpus(path, pid);
      return this.#answer(SYS, () => this.#entries.render(node, look, this.out));
    }
    const { path, files } = sysctl;
    return this.#answer(path, () => {
      this.#resident(pid);
      return this.#text(files.read(path, pid));
    });
  }

  #text(text: string): number {
    this.out.reset();
    this.out.text(text);
    return this.out.finish();
  }

  /** Answers one write, or an open for one: how many bytes were used, or a negative errno. */
  write(node: number, pid: number, uid: number, text: string | null): number {
    const sysctl = this.#sysctls.get(node);
    if (sysctl === undefined) return -EACCES;
    const { path, files } = sysctl;
    const answer = this.#answer(path, () => files.write(path, pid, uid, text));
    if (text === null || answer < 0) return answer;
    // A container may write as often as it likes, and must not fill the log.
    const level = path === HOST_SWITCH ? 'info' : 'debug';
    const fields = { file: path, pid, uid, value: text.trim() };
    if (level === 'info' || this.#tellsAll) log(level, fields, 'written');
    return answer;
  }

  /** False: the caller gets the host's bytes; null: it failed. */
  #renderForContainer(
    { view, feature }: ServedView,
    pid: number,
    linux32: boolean,
  ): boolean | null {
    try {
      const resident = this.#resident(pid);
      if (!resident?.isolation.has(feature)) return false;
      return this.#renderer.renderContainer(view, resident.sampler, this.out, linux32);
    } catch (error) {
      this.#report(view.path, error);
      return null;
    }
  }

  /** The caller's container, to whom what is rendered now is counted. */
  #resident(pid: number): Resident | null {
    this.owner[0] = 0;
    const resident = this.#residents.of(pid);
    this.owner[0] = resident?.owner ?? 0;
    return resident;
  }

  /** The CPUs of the caller's container, as far as it sees them at this path; null: the host's. */
  #cpus(path: string, pid: number): CpuModel | null {
    try {
      const resident = this.#resident(pid);
      if (!resident?.isolation.has(featureOf(path))) return null;
      return resident.sampler.take(CPUS).cpus;
    } catch (error) {
      this.#report(SYS, error);
      return null;
    }
  }

  /** What fails here has no bytes of the host to take its place. */
  #answer(file: string, answer: () => number): number {
    try {
      return answer();
    } catch (error) {
      this.#report(file, error);
      return -EIO;
    }
  }

  #report(file: string, error: unknown): void {
    const kind = `${file} ${error instanceof Error ? error.message : String(error)}`;
    if (this.#logged.has(kind) || this.#logged.size >= MOST_KINDS) return;
    this.#logged.add(kind);
    const text = "file failed: the last bytes, the host's or an error served instead";
    log('error', { err: error, file }, text);
  }
}

const tell = (message: ServerMessage): void => parentPort?.postMessage(message);

type LogMessage = ServerMessage & { kind: 'log' };

const log = (level: LogMessage['level'], fields: object, text: string): void =>
  tell({ kind: 'log', level, fields, text });

/** Waits for what to serve, and serves it until the session ends, in the thread that loaded this module. */
function serve(port: MessagePort, gate: Gate): void {
  Atomics.wait(gate, 0, 0);
  const { message: assignment } = receiveMessageOnPort(port) as { message: Assignment };
  native.narrowCapabilities(SERVING, false);
  const session = native.Session.attach(assignment.session);
  const server = new Server(assignment.config, () => session.pause());
  const { bytes } = server.out;
  const lookup: Lookup = (directory, name, pid) => server.lookup(directory, name, pid);
  const write: Write = (node, pid, uid, _gid, text) => server.write(node, pid, uid, text);
  compileAtFirstCall();
  tell({ kind: 'ready' });
  const render: Render = (node, pid) => server.render(node, pid);
  const { callers, owner } = server;
  const turn = (): void => {
    const end = session.serve(assignment.worker, bytes, render, lookup, write, callers, owner);
    if (end === 'paused') setImmediate(turn);
  };
  turn();
}

if (parentPort) serve(parentPort, workerData as Gate);
