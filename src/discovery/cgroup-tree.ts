/**
 * The directories of one cgroup hierarchy, kept in step with the kernel's, each of them watched.
 * @module
 */

import { native } from '../native/addon.ts';
import type { NativeWatch } from '../native/watch.ts';

/** A hostile container may make cgroups without end; more are found by the scans of /proc alone. */
const MOST_DIRECTORIES = 1 << 16;

const ENOENT = 2;

/** A cgroup's directory. */
export interface Directory {
  /** Below the mount point, `''` for the top; a byte string. */
  readonly path: string;
  readonly inode: number;
  /** Key of the container whose cgroup it is, if it is one's. */
  readonly key: string;
  readonly children: Map<string, Directory>;
  /** Numbers of its watches. */
  readonly watches: readonly number[];
}

/** What a comparison has found. */
export interface Changes {
  readonly appeared: readonly Directory[];
  /** With all that were below them. */
  readonly vanished: readonly Directory[];
}

export class CgroupTree {
  readonly mountpoint: string;
  readonly top: Directory;
  readonly #watch: NativeWatch | null;
  readonly #byNumber = new Map<number, Directory>();
  readonly #byKey = new Map<string, Directory>();
  #refused = 0;

  /** @param watch null: nothing can be watched, only compared */
  constructor(mountpoint: string, watch: NativeWatch | null) {
    this.mountpoint = mountpoint;
    this.#watch = watch;
    this.top = this.#open('', 0);
  }

  /** Number of directories. */
  get size(): number {
    return this.#byKey.size;
  }

  /** False once it has vanished, also if another has its path now. */
  has(directory: Directory): boolean {
    return this.#byKey.get(directory.key) === directory;
  }

  /** Errno of the last directory that could not be watched; 0 if all are. */
  get refused(): number {
    return this.#refused;
  }

  /** The directory that an event is about; undefined if it has vanished meanwhile. */
  at(number: number): Directory | undefined {
    return this.#byNumber.get(number);
  }

  /** The directory that names a container. */
  of(key: string): Directory | undefined {
    return this.#byKey.get(key);
  }

  /** As a path of the file system. */
  absolute({ path }: Directory): string {
    return path === '' ? this.mountpoint : `${this.mountpoint}/${path}`;
  }

  /** A directory with all below, parents first. */
  *below(directory = this.top): Generator<Directory> {
    const rest = [directory];
    for (let next = rest.pop(); next; next = rest.pop()) {
      yield next;
      rest.push(...next.children.values());
    }
  }

  /**
   * Brings a directory's children up to date. Those that appeared are watched, and are to be compared in
   * their turn: what was made in them before is told by no event.
   */
  compare(directory: Directory): Changes {
    const inodes: number[] = [];
    const names = native.readDirectory(this.mountpoint, directory.path || '.', true, inodes);
    // Out of descriptors or memory: they are as they were, as far as we know.
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
    if (this.size >= MOST_DIRECTORIES) return [];
    const path = parent.path === '' ? name : `${parent.path}/${name}`;
    const child = this.#open(path, inode);
    parent.children.set(name, child);
    return [child];
  }

  #open(path: string, inode: number): Directory {
    const absolute = path === '' ? this.mountpoint : `${this.mountpoint}/${path}`;
    // Only v2 has cgroup.events: of a process that was cloned into a cgroup nothing else tells (5.7).
    const watches = [absolute, `${absolute}/cgroup.events`]
      .map((each) => this.#watch?.add(each) ?? 0)
      .filter((number) => number > 0 || this.#refuse(number));
    const key = `${absolute}:${inode}`;
    const directory = { path, inode, key, children: new Map(), watches };
    for (const number of watches) this.#byNumber.set(number, directory);
    this.#byKey.set(key, directory);
    return directory;
  }

  #refuse(error: number): false {
    if (error !== -ENOENT) this.#refused = -error;
    return false;
  }

  /** All that vanish with it. */
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
