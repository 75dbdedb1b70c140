/**
 * What to mount where in a container, and why not: from the text of its mountinfo. Pure.
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

/** What became of a path, and why; the reason of what was done as asked is ``. */
export interface Outcome {
  readonly path: string;
  readonly state: 'attached' | 'present' | 'detached' | 'skipped' | 'failed';
  readonly reason: string;
}

export interface Plan {
  readonly removals: readonly MountRemoval[];
  readonly covers: readonly MountCover[];
  /** Those that need no mount or cannot have one. */
  readonly settled: readonly Outcome[];
}

/** Our own mounts as they were asked about last: there are many on a full node, and each container asks. */
let asked = { text: '', tree: new MountTree([]) };

function ownMounts(text: string): MountTree {
  if (asked.text !== text) asked = { text, tree: MountTree.of(text) };
  return asked.tree;
}

/** Device of what a daemon serves there; undefined if none does. */
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
 * Whoever may mount can pass a file system of his own off as one of ours that is dead: in place of it he must not
 * get parameters to write to where he could not write.
 */
const leastFlags = (target: string, on: Mount): number =>
  isWithin(target, 'proc/sys') ? flagsOf(on) & readOnly : 0;

/** A container, path by path. */
class Ground {
  readonly #root: string;
  readonly #mount: string;
  readonly #owner: number;
  readonly #later: Later;
  /** Devices of all that is served in our own mount namespace, by whatever daemon. */
  readonly #served: ReadonlySet<string>;
  readonly #device: string | undefined;
  readonly #all: MountTree;
  /** Without what is going to be removed. */
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
      ...{ root, host, later, tree: this.#tree },
      hidden: this.#deadBound().map(({ point }) => point),
      ownGroups: new Set(groups.filter((each) => each !== undefined)),
    });
  }

  /** Mounts whose daemon is gone, whoever made them. */
  dead(): MountRemoval[] {
    return this.#removals((each) => this.#isDead(each));
  }

  /** Whether any of them was attached. */
  wasAttached(): boolean {
    return this.#inReach((each) => isMarked(each) && this.#isDead(each)).length > 0;
  }

  /** Marked mounts of our daemon, and those whose daemon is gone. */
  attached(): MountRemoval[] {
    return this.#removals(
      (each) => isMarked(each) && (this.#isDead(each) || each.device === this.#device),
    );
  }

  /** What a runtime has bound from a daemon that is gone: the same from ours, in the same place, as it was. */
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
   * A file over the container's own, or all that is served, wherever it is. What was another file there, such
   * as one of the container's own making, is none of ours to put back.
   */
  #canPutBack(dead: Mount, on: Mount): boolean {
    if (this.#obstacles.shared(on) !== null) return false;
    const target = this.#pathOf(dead);
    const over = TYPES[target.split('/')[0] ?? ''];
    return dead.root === (over === undefined ? '/' : `/${target}`) && (on.type === over || !over);
  }

  /** Of several over each other one is enough. */
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
      ...{ source: posix.join(this.#mount, path), target: path, on: on.id, kept },
      ...{ flags: own | MountFlag.noDirAtime, clear: 0, keptFlags: flags | this.#laterFlags(path) },
    };
  }

  /** What another daemon has mounted may live in another mount namespace. */
  #isDead(mount: Mount): boolean {
    return isOurs(mount) && !this.#served.has(mount.device) && isBy(mount, this.#owner);
  }

  /** Mounts of ours, or of daemons that are gone, where mounts can be changed. */
  #inReach(which: (mount: Mount) => boolean): Mount[] {
    const below = Object.keys(TYPES).map((first) => `${this.#root}/${first}`);
    const isWhole = ({ root, point }: Mount): boolean =>
      root === '/' &&
      point.startsWith(`${this.#root}/`) &&
      point !== '/' &&
      !below.some((directory) => isWithin(point, directory));
    // What a runtime has bound is put back, where that can be done; else it stays.
    const known = below.filter((directory) => this.#isKnown(directory)).map((each) => `${each}/`);
    const isThere = (each: Mount): boolean =>
      isMarked(each)
        ? below.some((directory) => isWithin(each.point, directory))
        : known.some((directory) => each.point.startsWith(directory)) || isWhole(each);
    return this.#all.mounts.filter((each) => isOurs(each) && which(each) && isThere(each));
  }

  /** Whether the first part of a path is the file system that it should be. */
  #isKnown(directory: string): boolean {
    const top = this.#all.at(directory);
    return top?.point === directory && top.type === TYPES[directory.slice(this.#root.length + 1)];
  }

  /** The topmost first. */
  #removals(which: (mount: Mount) => boolean): MountRemoval[] {
    return this.#inReach(which)
      .map((each) => ({ target: this.#pathOf(each), mount: each.id }))
      .reverse();
  }

  /** Below the container's root. */
  #pathOf({ point }: Mount): string {
    return point.slice(this.#root.length + 1);
  }

  #laterFlags(path: string): number {
    const readOnly = this.#later.readOnly.some((each) => isWithin(`/${path}`, each));
    return readOnly ? MountFlag.readOnly : 0;
  }
}

const NOTHING_LATER: Later = { masked: [], readOnly: [] };

/** How to give a container these files and directories. */
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
 * How to give a container again what it had from a daemon that is gone: what its runtime has bound, and
 * everything if it was attached. Nothing else.
 */
export function planHeal(around: Surroundings, targets: readonly Target[]): Plan {
  const ground = new Ground(around, NOTHING_LATER);
  if (ground.wasAttached()) return planAttach(around, targets);
  return { removals: ground.dead(), covers: ground.bound(), settled: [] };
}

/** How to take away what attach has made, by this daemon or by one that is gone. */
export function planDetach(around: Surroundings): Plan {
  const removals = new Ground(around, NOTHING_LATER).attached();
  return { removals, covers: [], settled: [] };
}
