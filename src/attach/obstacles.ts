/**
 * Reasons why a file or directory of a container must not be covered. Pure.
 * @module
 */
import { posix } from 'node:path';
import type { Mount } from '../base/mountinfo.ts';
import type { MountTree } from './mount-tree.ts';
import { isOurs, isWithin, type Later, type Target, TYPES } from './surroundings.ts';

/** A target, with the mount that it is on and its path in the mount namespace. */
export interface Site {
  readonly target: Target;
  readonly on: Mount;
  readonly place: string;
}

/** The state of the container that the reasons depend on. */
export interface Terrain {
  /** The directory that is, or will be, the container's root. */
  readonly root: string;
  /** True: this is the host itself. */
  readonly host: boolean;
  readonly later: Later;
  /** Without the mounts that will be removed. */
  readonly tree: MountTree;
  /** Mount points of files that will be bound again. */
  readonly hidden: readonly string[];
  /** Peer groups of the mounts in our own mount namespace. */
  readonly ownGroups: ReadonlySet<string>;
}

export class Obstacles {
  readonly #terrain: Terrain;

  constructor(terrain: Terrain) {
    this.#terrain = terrain;
  }

  /** The reason why a target must not be covered; null: it may be. */
  of(site: Site): string | null {
    return (
      this.#noFileSystem(site) ??
      this.#otherMount(site) ??
      this.#maskedLater(site) ??
      this.shared(site.on) ??
      this.#uncovered(site)
    );
  }

  /** The reason if a mount propagates to the host: the host's file would be covered too. */
  shared({ point, propagation }: Mount): string | null {
    if (this.#terrain.host) return null;
    const group = propagation.find((each) => each.startsWith('shared:'))?.split(':')[1];
    if (group === undefined || !this.#terrain.ownGroups.has(group)) return null;
    return `${point} is shared with the host (peer group ${group}): it would be covered there too`;
  }

  #noFileSystem({ target }: Site): string | null {
    const { tree, root } = this.#terrain;
    const [first = ''] = target.path.split('/');
    const top = tree.at(`${root}/${first}`);
    const found = top?.type === TYPES[first] && top?.point === `${root}/${first}`;
    return found ? null : `no ${TYPES[first]} is mounted at /${first}`;
  }

  /** Mounts of the runtime or of the user stay visible. */
  #otherMount({ target, on, place }: Site): string | null {
    if (isOurs(on)) return 'mounted by another procview';
    const [first = '', ...rest] = target.path.split('/');
    if (on.type !== TYPES[first]) return `masked: ${on.type} is mounted at ${on.point}`;
    const shown = posix.join(on.root, place.slice(on.point.length));
    return shown === `/${rest.join('/')}` ? null : `${on.root} of ${on.type} is bound there`;
  }

  #maskedLater({ target }: Site): string | null {
    const masked = this.#terrain.later.masked.some((each) => isWithin(`/${target.path}`, each));
    return masked ? 'masked by its runtime' : null;
  }

  /** A served directory must not show entries that a mount below the container's directory hides. */
  #uncovered({ target, place }: Site): string | null {
    if (target.kept !== undefined) return null;
    const { tree, later, hidden, root } = this.#terrain;
    const mounted = tree.mounts.map(({ point }) => point);
    const below = [...mounted, ...hidden, ...later.masked.map((each) => root + each)].find(
      (each) => each.startsWith(`${place}/`) && posix.basename(each) !== target.lacks,
    );
    return below === undefined ? null : `it would uncover what ${below} masks`;
  }
}
