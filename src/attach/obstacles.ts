/**
 * Why a file or directory of a container must not be covered. Pure.
 * @module
 */
import { posix } from 'node:path';
import type { Mount } from '../base/mountinfo.ts';
import type { MountTree } from './mount-tree.ts';
import { isOurs, isWithin, type Later, type Target, TYPES } from './surroundings.ts';

/** What is asked about a target, with the mount that it is on. */
export interface Site {
  readonly target: Target;
  readonly on: Mount;
  readonly place: string;
}

/** What the reasons are found in. */
export interface Terrain {
  /** The directory that is the container's root, or is going to be. */
  readonly root: string;
  /** It is the host itself. */
  readonly host: boolean;
  readonly later: Later;
  /** Without what is going to be removed. */
  readonly tree: MountTree;
  /** Where something that is going to be put back hides something. */
  readonly hidden: readonly string[];
  /** Peer groups that our own namespace gives mounts to or gets them from. */
  readonly ownGroups: ReadonlySet<string>;
}

export class Obstacles {
  readonly #terrain: Terrain;

  constructor(terrain: Terrain) {
    this.#terrain = terrain;
  }

  /** Why a target must not be covered; null: it may be. */
  of(site: Site): string | null {
    return (
      this.#noFileSystem(site) ??
      this.#otherMount(site) ??
      this.#maskedLater(site) ??
      this.shared(site.on) ??
      this.#uncovered(site)
    );
  }

  /** Why nothing must be put on a mount: the host would have it as well. */
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

  /** What a runtime or a user has put there. */
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

  /** A directory of ours must not show what something mounted below it hides. */
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
