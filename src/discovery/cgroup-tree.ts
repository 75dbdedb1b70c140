/**
 * The directories of one cgroup hierarchy, each of them watched for changes.
 * @module
 */

import { native } from '../native/addon.ts';
import type { NativeWatch } from '../native/watch.ts';

/** A hostile container can create any number of cgroups. Only scans of tasks find containers in further ones. */
const MOST_CGROUP_DIRECTORIES = 1 << 16;

const ENOENT = 2;

/** A cgroup's directory. */
export interface Directory {
  /** Below the mount point, `''` for the top; a byte string. */
  readonly path: string;
  readonly inode: number;
  /** Key of the container with this cgroup, if it is a container's. */
  readonly key: string;
  readonly children: Map<string, Directory>;
  /** Watch numbers. */
  readonly watches: readonly number[];
}

/** The result of a comparison. */
export interface Changes {
  readonly appeared: readonly Directory[];
  /** With all directories below them. */
  readonly vanished: readonly Directory[];
}

export class CgroupTree {
  readonly mountpoint: string;
  readonly top: Directory;
  readonly #watch: NativeWatch | null;
  readonly #byNumber = new Map<number, Directory>();
  readonly #byKey = new Map<string, Directory>();
  #watchError = 0;

  /** @param watch null: directories can be compared, but not watched */
  constructor(mountpoint: string, watch: NativeWatch | null) {
    this.mountpoint = mountpoint;
    this.#watch = watch;
    this.top = this.#open('', 0);
  }

  /** Number of directories. */
  get size(): number {
    return this.#byKey.size;
  }

  /** False for a directory that has vanished, also if another one has its path now. */
  has(directory: Directory): boolean {
    return this.#byKey.get(directory.key) === directory;
  }

  /** Errno of the last directory that could not be watched; 0 if all are watched. */
  get watchError(): number {
    return this.#watchError;
  }

  /** The directory with this watch number; undefined if it has vanished. */
  at(number: number): Directory | undefined {
    return this.#byNumber.get(number);
  }

  /** The directory of a container. */
  of(key: string): Directory | undefined {
    return this.#byKey.get(key);
  }

  /** The absolute path. */
  absolute({ path }: Directory): string {
    return path === '' ? this.mountpoint : `${this.mountpoint}/${path}`;
  }

  /** A directory and all below it, parents first. */
  *below(directory = this.top): Generator<Directory> {
    const rest = [directory];
    for (let next = rest.pop(); next; next = rest.pop()) {
      yield next;
      rest.push(...next.children.values());
    }
  }

  /**
   * Updates the children of a directory. New children are watched. The caller must compare them as well: no event reports
   * directories that were created in them before.
   */
  compare(directory: Directory): Changes {
    const inodes: number[] = [];
    const names = native.readDirectory(this.mountpoint, directory.path || '.', true, inodes);
    // Without descriptors or memory, the children are unknown: keep them.
    if (typeof names === 'number' && names !== -ENOENT) return { appeared: [], vanished: [] };
    const listed = typeof names === 'number' ? [] : names;
    const present = new Map(listed.map((name, i) => [name, inodes[i] ?? 0]));
    const vanished: Directory[] = [];
    for (const [name, child] of directory.children) {
      if (present.get(name) === child.inode) present.delete(name);
      else vanished.push(...this.#close(directory, name, child));
    }
    const appeared = [...present].flatMap(([name, inode]) => this.#add(directory, name, inode));
    return { appeared, vanished };
  }

  #add(parent: Directory, name: string, inode: number): Directory[] {
    if (this.size >= MOST_CGROUP_DIRECTORIES) return [];
    const path = parent.path === '' ? name : `${parent.path}/${name}`;
    const child = this.#open(path, inode);
    parent.children.set(name, child);
    return [child];
  }

  #open(path: string, inode: number): Directory {
    const absolute = path === '' ? this.mountpoint : `${this.mountpoint}/${path}`;
    // Only cgroup.events, on v2, reports a process that was cloned into a cgroup (since 5.7).
    const watches = [absolute, `${absolute}/cgroup.events`]
      .map((each) => this.#watch?.add(each) ?? 0)
      .filter((number) => number > 0 || this.#setError(number));
    const key = `${absolute}:${inode}`;
    const directory = { path, inode, key, children: new Map(), watches };
    for (const number of watches) this.#byNumber.set(number, directory);
    this.#byKey.set(key, directory);
    return directory;
  }

  #setError(error: number): false {
    if (error !== -ENOENT) this.#watchError = -error;
    return false;
  }

  /** Returns all directories that vanish with this one. */
  #close(parent: Directory, name: string, child: Directory): Directory[] {
    parent.children.delete(name);
    const closed = [...this.below(child)];
    for (const number of closed.flatMap(({ watches }) => watches)) {
      this.#watch?.remove(number);
      this.#byNumber.delete(number);
    }
    for (const { key } of closed) this.#byKey.delete(key);
    return closed;
  }
}
