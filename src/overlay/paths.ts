/**
 * Finds the path of a node id that is in no static tree.
 * @module
 */
import { inBranch, nodeId } from '../tree/node-id.ts';
import { type Entry, isDirectory } from './overlays.ts';

/** Cached ids; a machine of 1024 CPUs has about 100,000 entries. */
const MOST_IDS = 1 << 18;

export class Paths {
  readonly #static: ReadonlyMap<string, number>;
  readonly #paths = new Map<number, string>();

  /** @param nodes ids of the static tree, by path */
  constructor(nodes: ReadonlyMap<string, number>) {
    this.#static = nodes;
    this.#reset();
  }

  #reset(): void {
    this.#paths.clear();
    for (const [path, id] of this.#static) this.#paths.set(id, path);
  }

  /** Id of an existing path. */
  idOf(path: string, mode: number): number {
    return this.#static.get(path) ?? nodeId(path, mode);
  }

  /**
   * The same, and caches the path. Returns 0 if another path has this id already: with 100,000 paths that happens
   * on one machine in a hundred.
   */
  remember(path: string, mode: number): number {
    const id = this.idOf(path, mode);
    if (this.#paths.size >= MOST_IDS) this.#reset();
    if ((this.#paths.get(id) ?? path) !== path) return 0;
    this.#paths.set(id, path);
    return id;
  }

  /**
   * The path of an id, or null. The id may come from another thread or an earlier process: then it is searched for
   * below these roots, of each in the one branch that can contain it.
   */
  find(id: number, roots: readonly string[], list: (path: string) => Entry[]): string | null {
    const known = this.#paths.get(id);
    if (known !== undefined) return known;
    for (const root of roots) {
      const path = this.#search(id, root, list);
      if (path !== null) return path;
    }
    return null;
  }

  #search(id: number, directory: string, list: (path: string) => Entry[]): string | null {
    for (const [name, mode] of list(directory)) {
      const path = `${directory}/${name}`;
      if (!inBranch(id, path)) continue;
      if (this.remember(path, mode) === id) return path;
      const below = isDirectory(mode) ? this.#search(id, path, list) : null;
      if (below !== null) return below;
    }
    return null;
  }
}
