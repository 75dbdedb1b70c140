/**
 * What a container sees where, by the list of its mounts. Pure.
 * @module
 */
import { type Mount, parseMountinfo } from '../base/mountinfo.ts';

/** `/a/b` as `/a` and `/a/b`. */
function prefixes(path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`);
}

export class MountTree {
  /** Each after the one that it is on. */
  readonly mounts: readonly Mount[];
  /** What is directly on a mount, by its id. */
  readonly #on = new Map<number, Mount[]>();
  /** On what is in no list, such as the mount that holds a root which is none itself. */
  readonly #lowest: readonly Mount[];

  constructor(mounts: readonly Mount[]) {
    // A list that was read while mounts changed may hold one twice.
    const byId = new Map(mounts.map((each) => [each.id, each]));
    const all = [...byId.values()];
    this.#lowest = all.filter(({ id, parent }) => parent === id || !byId.has(parent));
    for (const each of all) {
      if (each.parent === each.id) continue;
      const others = this.#on.get(each.parent);
      if (others) others.push(each);
      else this.#on.set(each.parent, [each]);
    }
    const ordered = [...this.#lowest];
    for (const each of ordered) ordered.push(...(this.#on.get(each.id) ?? []));
    this.mounts = ordered;
  }

  /** @param text of mountinfo */
  static of(text: string): MountTree {
    return new MountTree(parseMountinfo(text));
  }

  /** The mount that a path is on: of several over each other the topmost. Null if none is known. */
  at(path: string): Mount | null {
    let found: Mount | null = null;
    for (const point of ['/', ...prefixes(path)]) {
      for (let next = this.#above(found, point); next; next = this.#above(found, point)) {
        found = next;
      }
    }
    return found;
  }

  /** The tree as it is once these mounts are taken away, with all that is on them. */
  without(mounts: readonly Mount[]): MountTree {
    const gone = new Set(mounts.map(({ id }) => id));
    const left = this.mounts.filter(({ id, parent }) => {
      if (gone.has(parent)) gone.add(id);
      return !gone.has(id);
    });
    return new MountTree(left);
  }

  #above(lower: Mount | null, point: string): Mount | undefined {
    const candidates = lower ? this.#on.get(lower.id) : this.#lowest;
    return candidates?.find((each) => each.point === point && each !== lower);
  }
}
