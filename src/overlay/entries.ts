/**
 * The overlays by node ids, as the native session asks for them.
 * @module
 */
import { posix } from 'node:path';
import type { CpuModel } from '../sampling/cpu-model.ts';
import type { TextWriter } from '../views/text.ts';
import { isDirectory, type Overlays } from './overlays.ts';
import { Paths } from './paths.ts';

const EIO = 5;
const ESTALE = 116;

/** The CPUs with which the reader sees a path; null: the host's. */
type Look = (path: string) => CpuModel | null;

export class Entries {
  readonly #overlays: Overlays;
  readonly #paths: Paths;

  /** @param nodes ids of the static tree, by path */
  constructor(overlays: Overlays, nodes: ReadonlyMap<string, number>) {
    this.#overlays = overlays;
    this.#paths = new Paths(nodes);
  }

  /** Id of an entry of a directory, or a negative errno. */
  lookup(directory: number, name: string, look: Look): number {
    const parent = this.#pathOf(directory, look);
    if (parent === null) return -ESTALE;
    const path = posix.join(parent, name);
    const mode = this.#overlays.mode(path, look(path));
    return mode < 0 ? mode : this.#paths.remember(path, mode) || -EIO;
  }

  /** Writes a file's body, a link's target or a directory's entries. Returns its length or a negative errno. */
  render(node: number, look: Look, out: TextWriter): number {
    const path = this.#pathOf(node, look);
    if (path === null) return -ESTALE;
    const cpus = look(path);
    const mode = this.#overlays.mode(path, cpus);
    if (mode < 0) return mode;
    // The kernel holds an id that was right when it had it: ESTALE makes it look the path up again.
    if (this.#paths.idOf(path, mode) !== node) return -ESTALE;
    if (isDirectory(mode)) return this.#list(path, cpus, out);
    return this.#overlays.read(path, cpus, out) || out.length;
  }

  #pathOf(node: number, look: Look): string | null {
    const { roots } = this.#overlays;
    return this.#paths.find(node, roots, (path) => this.#overlays.list(path, look(path)));
  }

  /** In the form that the session reads: `Render` in native.ts. */
  #list(path: string, cpus: CpuModel | null, out: TextWriter): number {
    out.reset();
    for (const [name, mode] of this.#overlays.list(path, cpus)) {
      out.number(this.#paths.idOf(posix.join(path, name), mode));
      out.text(` ${name}\0`);
    }
    return out.finish();
  }
}
