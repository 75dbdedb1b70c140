/**
 * Plans the mounts of a container from the text of its mountinfo: what to mount where, or the reason why not. Pure.
 * @module
 */
import { posix } from 'node:path';
import type { Mount } from '../base/mountinfo.ts';
import { type MountCover, MountFlag, type MountRemoval } from '../native/mounts.ts';
import { MountTree } from './mount-tree.ts';
import { Obstacles } from './obstacles.ts';
import {
  isBy,
  isMarked,
  isOurs,
  isWithin,
  type Later,
  type Surroundings,
  type Target,
  TYPES,
} from './surroundings.ts';

/** The result for one path, with the reason; `` if the path was attached or detached as requested. */
export interface Outcome {
  readonly path: string;
  readonly state: 'attached' | 'present' | 'detached' | 'skipped' | 'failed';
  readonly reason: string;
}

export interface Plan {
  readonly removals: readonly MountRemoval[];
  readonly covers: readonly MountCover[];
  /** Targets that need no mount or cannot have one. */
  readonly settled: readonly Outcome[];
}

/** The last own mounts, parsed: a full node has many, and they are the same for most containers. */
let cached = { text: '', tree: new MountTree([]) };

function ownMounts(text: string): MountTree {
  if (cached.text !== text) cached = { text, tree: MountTree.of(text) };
  return cached.tree;
}

/** Device number of the file system that a daemon serves at `mount`; undefined if there is none. */
export function servedDevice(own: string, mount: string): string | undefined {
  const top = ownMounts(own).at(mount);
  return top && isOurs(top) && top.point === mount ? top.device : undefined;
}

const { readOnly, noSuid, noDev, noExec } = MountFlag;
const ALL_FLAGS = readOnly | noSuid | noDev | noExec;

function flagsOf({ options }: Mount): number {
  const flags = { ro: readOnly, nosuid: noSuid, nodev: noDev, noexec: noExec };
  const set = Object.entries(flags).filter(([option]) => options.includes(option));
  return set.reduce((sum, [, flag]) => sum | flag, 0);
}

/**
 * Flags that a new mount must have. A container that can mount may fake a dead procview mount over a read-only
 * parameter: the mount in its place must not be writable.
 */
const leastFlags = (target: string, on: Mount): number =>
  isWithin(target, 'proc/sys') ? flagsOf(on) & readOnly : 0;

/** The mounts of one container, and what may be done at each path. */
class Ground {
  readonly #root: string;
  readonly #mount: string;
  readonly #owner: number;
  readonly #later: Later;
  /** Devices of all procview mounts in our own mount namespace, of any daemon. */
  readonly #served: ReadonlySet<string>;
  readonly #device: string | undefined;
  readonly #all: MountTree;
  /** Without the mounts that will be removed. */
  readonly #tree: MountTree;
  readonly #obstacles: Obstacles;

  constructor(around: Surroundings, later: Later) {
    const { container, own, mount, owner, root, host = false } = around;
    const ours = ownMounts(own).mounts;
    this.#root = root;
    this.#mount = mount;
    this.#owner = owner;
    this.#later = later;
    this.#served = new Set(ours.filter(isOurs).map(({ device }) => device));
    this.#device = servedDevice(own, mount);
    const groups = ours.flatMap(({ propagation }) => propagation.map((each) => each.split(':')[1]));
    this.#all = MountTree.of(container);
    this.#tree = this.#all.without(this.#inReach((each) => this.#isDead(each)));
    this.#obstacles = new Obstacles({
      root,
      host,
      later,
      tree: this.#tree,
      hidden: this.#deadBound().map(({ point }) => point),
      ownGroups: new Set(groups.filter((each) => each !== undefined)),
    });
  }

  /** Mounts of a daemon that is gone, made by attach or bound by a runtime. */
  dead(): MountRemoval[] {
    return this.#removals((each) => this.#isDead(each));
  }

  /** Whether attach made any of the dead mounts. */
  wasAttached(): boolean {
    return this.#inReach((each) => isMarked(each) && this.#isDead(each)).length > 0;
  }

  /** Mounts that attach made: those of our daemon, and dead ones. */
  attached(): MountRemoval[] {
    return this.#removals(
      (each) => isMarked(each) && (this.#isDead(each) || each.device === this.#device),
    );
  }

  /** Binds for the files that a runtime bound from a daemon that is gone: the same file, place and flags. */
  bound(): MountCover[] {
    return this.#deadBound().flatMap((dead) => {
      const target = this.#pathOf(dead);
      const on = this.#tree.at(dead.point);
      if (!on || !this.#canPutBack(dead, on)) return [];
      const source = posix.resolve(this.#mount, `.${dead.root}`);
      const flags = flagsOf(dead) | leastFlags(target, on);
      const clear = ALL_FLAGS & ~flags;
      return [{ source, target, on: on.id, flags, clear, kept: '', keptFlags: flags }];
    });
  }

  /**
   * Only a file over the container's own file, or the whole served tree at any place. A file that was bound over another
   * one may be the container's own doing, and stays as it is.
   */
  #canPutBack(dead: Mount, on: Mount): boolean {
    if (this.#obstacles.shared(on) !== null) return false;
    const target = this.#pathOf(dead);
    const over = TYPES[target.split('/')[0] ?? ''];
    return dead.root === (over === undefined ? '/' : `/${target}`) && (on.type === over || !over);
  }

  /** Dead binds, one for each mount point. */
  #deadBound(): Mount[] {
    const dead = this.#inReach((each) => !isMarked(each) && this.#isDead(each));
    return [...new Map(dead.map((each) => [each.point, each])).values()];
  }

  cover(target: Target): MountCover | Outcome {
    const { path, kept = '' } = target;
    const place = `${this.#root}/${path}`;
    const on = this.#tree.at(place);
    if (!on) return { path, state: 'skipped', reason: 'nothing is mounted there' };
    const site = { target, on, place };
    if (isOurs(on) && on.device === this.#device) {
      return { path, state: 'present', reason: isMarked(on) ? '' : 'bound by its runtime' };
    }
    const reason = this.#obstacles.of(site);
    if (reason !== null) return { path, state: 'skipped', reason };
    const flags = flagsOf(on);
    const own = kept === '' ? flags : flags & ~MountFlag.readOnly;
    return {
      source: posix.join(this.#mount, path),
      target: path,
      on: on.id,
      kept,
      flags: own | MountFlag.noDirAtime,
      clear: 0,
      keptFlags: flags | this.#laterFlags(path),
    };
  }

  /** A mount of another owner is not dead: its daemon may live in another mount namespace. */
  #isDead(mount: Mount): boolean {
    return isOurs(mount) && !this.#served.has(mount.device) && isBy(mount, this.#owner);
  }

  /** procview mounts at places where mounts may be changed. */
  #inReach(which: (mount: Mount) => boolean): Mount[] {
    const below = Object.keys(TYPES).map((first) => `${this.#root}/${first}`);
    const isWhole = ({ root, point }: Mount): boolean =>
      root === '/' &&
      point.startsWith(`${this.#root}/`) &&
      point !== '/' &&
      !below.some((directory) => isWithin(point, directory));
    // A runtime's bind is only removed where it can be bound again.
    const known = below.filter((directory) => this.#isKnown(directory)).map((each) => `${each}/`);
    const isThere = (each: Mount): boolean =>
      isMarked(each)
        ? below.some((directory) => isWithin(each.point, directory))
        : known.some((directory) => each.point.startsWith(directory)) || isWhole(each);
    return this.#all.mounts.filter((each) => isOurs(each) && which(each) && isThere(each));
  }

  /** Whether the required file system is mounted at the first component of a path. */
  #isKnown(directory: string): boolean {
    const top = this.#all.at(directory);
    return top?.point === directory && top.type === TYPES[directory.slice(this.#root.length + 1)];
  }

  /** Topmost first. */
  #removals(which: (mount: Mount) => boolean): MountRemoval[] {
    return this.#inReach(which)
      .map((each) => ({ target: this.#pathOf(each), mount: each.id }))
      .reverse();
  }

  /** Path relative to the container's root. */
  #pathOf({ point }: Mount): string {
    return point.slice(this.#root.length + 1);
  }

  #laterFlags(path: string): number {
    const readOnly = this.#later.readOnly.some((each) => isWithin(`/${path}`, each));
    return readOnly ? MountFlag.readOnly : 0;
  }
}

const NOTHING_LATER: Later = { masked: [], readOnly: [] };

/** Plans to attach these files and directories. */
export function planAttach(
  around: Surroundings,
  targets: readonly Target[],
  later = NOTHING_LATER,
): Plan {
  const ground = new Ground(around, later);
  const bound = ground.bound();
  const again = new Set(bound.map(({ target }) => target));
  const steps = targets.flatMap((target) => (again.has(target.path) ? [] : ground.cover(target)));
  return {
    removals: ground.dead(),
    covers: [...bound, ...steps.filter((each) => 'source' in each)],
    settled: steps.filter((each) => 'state' in each),
  };
}

/**
 * Plans to replace the mounts of a daemon that is gone: the binds of the runtime, and all targets if any were attached.
 */
export function planReattach(around: Surroundings, targets: readonly Target[]): Plan {
  const ground = new Ground(around, NOTHING_LATER);
  if (ground.wasAttached()) return planAttach(around, targets);
  return { removals: ground.dead(), covers: ground.bound(), settled: [] };
}

/** Plans to remove the mounts that attach made, for this daemon or one that is gone. */
export function planDetach(around: Surroundings): Plan {
  const removals = new Ground(around, NOTHING_LATER).attached();
  return { removals, covers: [], settled: [] };
}
