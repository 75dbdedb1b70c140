/**
 * The mounts of a container as a tree: which mount a path is on. Pure.
 * @module
 */
import { type Mount, parseMountinfo } from '../base/mountinfo.ts';

/** `/a/b` as `/a` and `/a/b`. */
function prefixes(path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`);
}

export class MountTree {
  /** Parents before children. */
  readonly mounts: readonly Mount[];
  /** The children of a mount, by its id. */
  readonly #children = new Map<number, Mount[]>();
  /** Mounts whose parent is not in the list, such as the mount of a root directory that is no mount point itself. */
  readonly #lowest: readonly Mount[];

  constructor(mounts: readonly Mount[]) {
    // A list that was read while mounts changed may contain a mount twice.
    const byId = new Map(mounts.map((each) => [each.id, each]));
    const all = [...byId.values()];
    this.#lowest = all.filter(({ id, parent }) => parent === id || !byId.has(parent));
    for (const each of all) {
      if (each.parent === each.id) continue;
      const others = this.#children.get(each.parent);
      if (others) others.push(each);
      else this.#children.set(each.parent, [each]);
    }
    const ordered = [...this.#lowest];
    for (const each of ordered) ordered.push(...(this.#children.get(each.id) ?? []));
    this.mounts = ordered;
  }

  /** @param text of mountinfo */
  static of(text: string): MountTree {
    return new MountTree(parseMountinfo(text));
  }

  /** The mount that a path is on, the topmost of several at one point. Null if none is known. */
  at(path: string): Mount | null {
    let found: Mount | null = null;
    for (const point of ['/', ...prefixes(path)]) {
      for (let next = this.#above(found, point); next; next = this.#above(found, point)) {
        found = next;
      }
    }
    return found;
  }

  /** The tree without these mounts and all mounts on them. */
  without(mounts: readonly Mount[]): MountTree {
    const gone = new Set(mounts.map(({ id }) => id));
    const left = this.mounts.filter(({ id, parent }) => {
      if (gone.has(parent)) gone.add(id);
      return !gone.has(id);
    });
    return new MountTree(left);
  }

  #above(lower: Mount | null, point: string): Mount | undefined {
    const candidates = lower ? this.#children.get(lower.id) : this.#lowest;
    return candidates?.find((each) => each.point === point && each !== lower);
  }
}
