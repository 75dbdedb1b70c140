/**
 * Looks up and renders overlays by node ids, as the native session requests them.
 * @module
 */
import { posix } from 'node:path';
import type { CpuModel } from '../sampling/cpu-model.ts';
import type { TextWriter } from '../views/text.ts';
import { isDirectory, type Overlays } from './overlays.ts';
import { Paths } from './paths.ts';

const EIO = 5;
const ESTALE = 116;

/** The CPUs of the caller's container at a path; null: the caller gets the host's. */
type CpusOf = (path: string) => CpuModel | null;

export class Entries {
  readonly #overlays: Overlays;
  readonly #paths: Paths;

  /** @param nodes ids of the static tree, by path */
  constructor(overlays: Overlays, nodes: ReadonlyMap<string, number>) {
    this.#overlays = overlays;
    this.#paths = new Paths(nodes);
  }

  /** Id of an entry of a directory, or a negative errno. */
  lookup(directory: number, name: string, cpusOf: CpusOf): number {
    const parent = this.#pathOf(directory, cpusOf);
    if (parent === null) return -ESTALE;
    const path = posix.join(parent, name);
    const mode = this.#overlays.mode(path, cpusOf(path));
    return mode < 0 ? mode : this.#paths.remember(path, mode) || -EIO;
  }

  /** Writes a file's body, a link's target or a directory's entries. Returns the length or a negative errno. */
  render(node: number, cpusOf: CpusOf, out: TextWriter): number {
    const path = this.#pathOf(node, cpusOf);
    if (path === null) return -ESTALE;
    const cpus = cpusOf(path);
    const mode = this.#overlays.mode(path, cpus);
    if (mode < 0) return mode;
    // The mode has changed since the kernel got this id: ESTALE makes it look the path up again.
    if (this.#paths.idOf(path, mode) !== node) return -ESTALE;
    if (isDirectory(mode)) return this.#list(path, cpus, out);
    return this.#overlays.read(path, cpus, out) || out.length;
  }

  #pathOf(node: number, cpusOf: CpusOf): string | null {
    const { roots } = this.#overlays;
    return this.#paths.find(node, roots, (path) => this.#overlays.list(path, cpusOf(path)));
  }

  /** In the form that the session reads: `Render` in native/session.ts. */
  #list(path: string, cpus: CpuModel | null, out: TextWriter): number {
    out.reset();
    for (const [name, mode] of this.#overlays.list(path, cpus)) {
      out.number(this.#paths.idOf(posix.join(path, name), mode));
      out.text(` ${name}\0`);
    }
    return out.finish();
  }
}
