/**
 * The data plane: how a serving thread answers a read, in the order of its path. All calls are synchronous, and
 * messages to the main thread are posted without waiting.
 * @module
 */
import { LAST_BODY } from '../native/session.ts';
import type { NativeCallers } from '../native/tasks.ts';
import { Entries } from '../overlay/entries.ts';
import { ParameterFiles, parameterFiles } from '../parameters/files.ts';
import type { CpuModel } from '../sampling/cpu-model.ts';
import { type FeatureSet, featureOf } from '../switches/features.ts';
import { HOST_SWITCH, SWITCH_FILES, SwitchFiles } from '../switches/files.ts';
import { openSwitches } from '../switches/open.ts';
import type { SysctlFiles } from '../switches/sysctl-files.ts';
import { views } from '../views/registry.ts';
import { TextWriter } from '../views/text.ts';
import type { View } from '../views/view.ts';
import { CallerCache } from './caller-cache.ts';
import { type Assignment, log, send } from './messages.ts';
import { Renderer } from './renderer.ts';
import { sysctlTargets } from './sysctl-dir.ts';

/** Largest body. Pages that no body ever reached take no memory. */
const BODY = 32 << 20;

const EIO = 5;
const EACCES = 13;

/** The log names all overlays by this path. */
const SYS = 'sys/devices/system';

const CPUS = ['cpus'] as const;

/** Different failures that are logged; later ones are dropped, so that containers cannot fill the log. */
const MOST_FAILURES = 256;

interface ServedView {
  readonly view: View;
  readonly feature: FeatureSet;
}

interface Sysctl {
  readonly path: string;
  readonly files: SysctlFiles;
}

/** Views of the served tree by node id. */
function viewsById(ids: ReadonlyMap<string, number>): Map<number, ServedView> {
  const byId = new Map<number, ServedView>();
  for (const view of views) {
    const id = ids.get(view.path);
    if (id !== undefined) byId.set(id, { view, feature: featureOf(view.path) });
  }
  return byId;
}

export class Server {
  readonly out = new TextWriter(new Uint8Array(BODY));
  readonly #renderer: Renderer;
  readonly #cache: CallerCache;
  readonly #views: ReadonlyMap<number, ServedView>;
  readonly #entries: Entries;
  /** Targets of static links. */
  readonly #links: ReadonlyMap<number, string>;
  readonly #sysctls: ReadonlyMap<number, Sysctl>;
  readonly #reported = new Set<string>();
  readonly #logsAllWrites: boolean;

  /** @param onClosed called while a request is answered, after files of containers were closed */
  constructor({ config, ids }: Pick<Assignment, 'config' | 'ids'>, onClosed: () => void) {
    this.#logsAllWrites = ['debug', 'trace'].includes(config.log.level);
    this.#renderer = new Renderer(config, 'shared');
    const switches = openSwitches(config);
    this.#cache = new CallerCache({
      renderer: this.#renderer,
      switches,
      onNew: (container) => send({ kind: 'container', container }),
      onClosed,
    });
    this.#views = viewsById(ids);
    this.#entries = new Entries(this.#renderer.overlays, ids);
    this.#links = sysctlTargets(ids);
    const { resolver } = this.#renderer;
    const sysctls = [
      [SWITCH_FILES, new SwitchFiles(switches, resolver, config.isolation.policy)],
      [parameterFiles(config.roots.proc), new ParameterFiles(switches, resolver)],
    ] as const;
    this.#sysctls = new Map(
      sysctls.flatMap(([served, files]) =>
        served.map(({ path }) => [ids.get(path) ?? 0, { path, files }] as const),
      ),
    );
  }

  /** The native cache that finds the caller of a request. */
  get callers(): NativeCallers {
    return this.#cache.callers;
  }

  /** Finds an entry of a dynamic directory for a caller: its node's id, or a negative errno. */
  lookup(directory: number, name: string, pid: number): number {
    return this.#guard(SYS, () =>
      this.#entries.lookup(directory, name, (path) => this.#cpus(path, pid)),
    );
  }

  /**
   * Renders the body for an open, a repeated read or a listing. Returns its length in `out`, a negative errno, or
   * LAST_BODY if the view of a container failed for any reason.
   */
  render(node: number, pid: number): number {
    const served = this.#views.get(node);
    if (!served) return this.#renderOther(node, pid);
    const { view, feature } = served;
    const linux32 = this.#renderer.isLinux32(view, pid);
    try {
      const known = this.#cache.containerOf(pid);
      if (
        known?.isolation.has(feature) &&
        this.#renderer.renderContainer(view, known.sampler, this.out, linux32)
      ) {
        return this.out.length;
      }
    } catch (error) {
      this.#report(view.path, error);
      return LAST_BODY;
    }
    return this.#renderer.renderHost(view, this.out, linux32) || this.out.length;
  }

  /** Renders a link, an overlay or a sysctl file. */
  #renderOther(node: number, pid: number): number {
    const target = this.#links.get(node);
    if (target !== undefined) return this.#text(target);
    const sysctl = this.#sysctls.get(node);
    if (sysctl === undefined) {
      const cpusOf = (path: string): CpuModel | null => this.#cpus(path, pid);
      return this.#guard(SYS, () => this.#entries.render(node, cpusOf, this.out));
    }
    const { path, files } = sysctl;
    return this.#guard(path, () => {
      // The session takes from the cache to which container the body belongs.
      this.#cache.containerOf(pid);
      return this.#text(files.read(path, pid));
    });
  }

  #text(text: string): number {
    this.out.reset();
    this.out.text(text);
    return this.out.finish();
  }

  /** Answers a write, or an open for writing (`text` null): how many bytes were used, or a negative errno. */
  write(node: number, pid: number, uid: number, text: string | null): number {
    const sysctl = this.#sysctls.get(node);
    if (sysctl === undefined) return -EACCES;
    const { path, files } = sysctl;
    const answer = this.#guard(path, () => files.write(path, pid, uid, text));
    if (text === null || answer < 0) return answer;
    // A container may write as often as it likes, and must not fill the log.
    const level = path === HOST_SWITCH ? 'info' : 'debug';
    const fields = { file: path, pid, uid, value: text.trim() };
    if (level === 'info' || this.#logsAllWrites) log(level, fields, 'written');
    return answer;
  }

  /** The CPUs that the caller's container has at this path; null: the caller gets the host's. */
  #cpus(path: string, pid: number): CpuModel | null {
    try {
      const known = this.#cache.containerOf(pid);
      if (!known?.isolation.has(featureOf(path))) return null;
      return known.sampler.sample(CPUS).cpus;
    } catch (error) {
      this.#report(SYS, error);
      return null;
    }
  }

  /** Returns EIO if the answer throws: these files have no host's bytes to fall back to. */
  #guard(file: string, answer: () => number): number {
    try {
      return answer();
    } catch (error) {
      this.#report(file, error);
      return -EIO;
    }
  }

  /** Logs each failure once. */
  #report(file: string, error: unknown): void {
    const failure = `${file} ${error instanceof Error ? error.message : String(error)}`;
    if (this.#reported.has(failure) || this.#reported.size >= MOST_FAILURES) return;
    this.#reported.add(failure);
    const text = "file failed: served the last bytes, the host's bytes or an error instead";
    log('error', { err: error, file }, text);
  }
}
