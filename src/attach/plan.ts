/**
 * What to mount where in a container, and why not: from the text of its mountinfo. Pure.
 * @module
 */
import { posix } from 'node:path';
import type { Mount } from '../mountinfo.ts';
import { type MountCover, MountFlag, type MountRemoval } from '../native.ts';
import { MountTree } from './mount-tree.ts';

/** The file system type of what we serve. */
const OUR_TYPE = 'fuse.procview';

/**
 * Tells the mounts that attach has made from those that a runtime has bound. It has no other effect: we
 * keep no access times.
 */
const MARK = 'nodiratime';

/** What the file system at the first part of a path must be. */
const TYPES: Readonly<Record<string, string>> = { proc: 'proc', sys: 'sysfs' };

/** A file or directory that a container should have from us. */
export interface Target {
  /** Below the daemon's mount, and below the container's root. */
  readonly path: string;
  /** Of a directory: the entry under which what it covers stays in reach. Then it may be written to. */
  readonly kept?: string;
  /** Of a directory: entries that it does not have, so that what masks them may be covered. */
  readonly lacks?: string;
}

/** The mounts of a container, and those of the namespace that we are in. */
export interface Surroundings {
  /** mountinfo of one of its processes. */
  readonly container: string;
  /** Our own mountinfo. */
  readonly own: string;
  /** Where the daemon serves. */
  readonly mount: string;
  /** The directory that is going to be the container's root; `` if it has its root already. */
  readonly root: string;
  /** It is the host itself: what is shared with the host may be covered. */
  readonly host?: boolean;
}

/** What the runtime is going to do below that root: paths that it masks, or makes read-only. */
export interface Later {
  readonly masked: readonly string[];
  readonly readOnly: readonly string[];
}

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

/** What is asked about a target, with the mount that it is on. */
interface Site {
  readonly target: Target;
  readonly on: Mount;
  readonly place: string;
}

const isOurs = ({ type }: Mount): boolean => type === OUR_TYPE;
const isMarked = (mount: Mount): boolean => isOurs(mount) && mount.options.includes(MARK);

const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);

/** Device of what a daemon serves there; undefined if none does. */
export function servedDevice(own: string, mount: string): string | undefined {
  const top = MountTree.of(own).at(mount);
  return top && isOurs(top) && top.point === mount ? top.device : undefined;
}

function flagsOf({ options }: Mount): number {
  const { readOnly, noSuid, noDev, noExec } = MountFlag;
  const flags = { ro: readOnly, nosuid: noSuid, nodev: noDev, noexec: noExec };
  const set = Object.entries(flags).filter(([option]) => options.includes(option));
  return set.reduce((sum, [, flag]) => sum | flag, 0);
}

/** A container, path by path. */
class Ground {
  readonly #root: string;
  readonly #host: boolean;
  readonly #mount: string;
  readonly #later: Later;
  /** Devices of all that is served on this host, by whatever daemon: mounts of others are dead. */
  readonly #served: ReadonlySet<string>;
  readonly #device: string | undefined;
  /** Peer groups that our own namespace gives mounts to or gets them from. */
  readonly #ownGroups: ReadonlySet<string>;
  readonly #all: MountTree;
  /** Without what is going to be removed. */
  readonly #tree: MountTree;

  constructor({ container, own, mount, root, host = false }: Surroundings, later: Later) {
    this.#host = host;
    const ours = MountTree.of(own).mounts;
    this.#root = root;
    this.#mount = mount;
    this.#later = later;
    this.#served = new Set(ours.filter(isOurs).map(({ device }) => device));
    this.#device = servedDevice(own, mount);
    const groups = ours.flatMap(({ propagation }) => propagation.map((each) => each.split(':')[1]));
    this.#ownGroups = new Set(groups.filter((each) => each !== undefined));
    this.#all = MountTree.of(container);
    this.#tree = this.#all.without(this.#inReach((each) => this.#isDead(each)));
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

  /**
   * What a runtime has bound from a daemon that is gone: the same from ours, in the same place. What was another
   * file there, such as one of the container's own making, is none of ours to put back.
   */
  bound(): MountCover[] {
    return this.#deadBound().flatMap((dead) => {
      const target = dead.point.slice(this.#root.length + 1);
      const on = this.#tree.at(dead.point);
      if (!on || on.type !== TYPES[target.split('/')[0] ?? '']) return [];
      if (dead.root !== `/${target}`) return [];
      const source = this.#mount + dead.root;
      const flags = flagsOf(dead);
      return [{ source, target, on: on.id, flags, kept: '', keptFlags: flags }];
    });
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
    const reason = this.#obstacle(site);
    if (reason !== null) return { path, state: 'skipped', reason };
    const flags = flagsOf(on);
    const own = kept === '' ? flags : flags & ~MountFlag.readOnly;
    return {
      ...{ source: posix.join(this.#mount, path), target: path, on: on.id, kept },
      ...{ flags: own | MountFlag.noDirAtime, keptFlags: flags | this.#laterFlags(path) },
    };
  }

  #isDead(mount: Mount): boolean {
    return isOurs(mount) && !this.#served.has(mount.device);
  }

  /** Mounts of ours, or of daemons that are gone, where mounts can be changed. */
  #inReach(which: (mount: Mount) => boolean): Mount[] {
    const below = Object.keys(TYPES).map((first) => `${this.#root}/${first}`);
    // What a runtime has bound is put back, where that can be done; else it stays.
    const known = below.filter((directory) => this.#isKnown(directory)).map((each) => `${each}/`);
    const isThere = (each: Mount): boolean =>
      isMarked(each)
        ? below.some((directory) => isWithin(each.point, directory))
        : known.some((directory) => each.point.startsWith(directory));
    return this.#all.mounts.filter((each) => isOurs(each) && which(each) && isThere(each));
  }

  /** Whether the first part of a path is the file system that it should be. */
  #isKnown(directory: string): boolean {
    const top = this.#all.at(directory);
    return top?.point === directory && top.type === TYPES[directory.slice(this.#root.length + 1)];
  }

  /** The topmost first. */
  #removals(which: (mount: Mount) => boolean): MountRemoval[] {
    const target = (point: string): string => point.slice(this.#root.length + 1);
    return this.#inReach(which)
      .map(({ id, point }) => ({ target: target(point), mount: id }))
      .reverse();
  }

  #laterFlags(path: string): number {
    const readOnly = this.#later.readOnly.some((each) => isWithin(`/${path}`, each));
    return readOnly ? MountFlag.readOnly : 0;
  }

  /** Why a target must not be covered; null: it may be. */
  #obstacle(site: Site): string | null {
    return (
      this.#noFileSystem(site) ??
      this.#otherMount(site) ??
      this.#maskedLater(site) ??
      this.#sharedMount(site) ??
      this.#uncovered(site)
    );
  }

  #noFileSystem({ target }: Site): string | null {
    const [first = ''] = target.path.split('/');
    const top = this.#tree.at(`${this.#root}/${first}`);
    const found = top?.type === TYPES[first] && top?.point === `${this.#root}/${first}`;
    return found ? null : `no ${TYPES[first]} is mounted at /${first}`;
  }

  /** What a runtime or a user has put there. */
  #otherMount({ target, on, place }: Site): string | null {
    if (isOurs(on)) return 'served by another procview';
    const [first = '', ...rest] = target.path.split('/');
    if (on.type !== TYPES[first]) return `masked: ${on.type} is mounted at ${on.point}`;
    const shown = posix.join(on.root, place.slice(on.point.length));
    return shown === `/${rest.join('/')}` ? null : `${on.root} of ${on.type} is bound there`;
  }

  #maskedLater({ target }: Site): string | null {
    const masked = this.#later.masked.some((each) => isWithin(`/${target.path}`, each));
    return masked ? 'masked by its runtime' : null;
  }

  #sharedMount({ on }: Site): string | null {
    if (this.#host) return null;
    const group = on.propagation.find((each) => each.startsWith('shared:'))?.split(':')[1];
    if (group === undefined || !this.#ownGroups.has(group)) return null;
    return `${on.point} is shared with the host (peer group ${group}): it would be covered there too`;
  }

  /** A directory of ours must not show what something mounted below it hides. */
  #uncovered({ target, place }: Site): string | null {
    if (target.kept !== undefined) return null;
    const masks = [
      ...this.#tree.mounts.map(({ point }) => point),
      ...this.#deadBound().map(({ point }) => point),
      ...this.#later.masked.map((each) => this.#root + each),
    ];
    const below = masks.find(
      (each) => each.startsWith(`${place}/`) && posix.basename(each) !== target.lacks,
    );
    return below === undefined ? null : `it would uncover what ${below} masks`;
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
