/**
 * What an overlay decides: where on the host the content of a path comes from. Pure.
 * @module
 */
import type { CpuModel } from '../sampling/cpu-model.ts';

/** A file, directory or link of the host, whose type and permission bits it keeps. */
export interface HostPlace {
  /** Below the host's directory that the overlay stands for; `` is that directory. */
  readonly host: string;
  /** Makes the text of a file, or the target of a link, from the host's. */
  readonly rewrite?: (text: string) => string;
}

/** A link that the host does not have. */
export interface OwnLink {
  readonly target: string;
}

export type Place = HostPlace | OwnLink;

/** What of the host's directory an overlay may look at to decide. */
export interface HostTree {
  /** Names in a directory, none if it is not there. */
  names(path: string): readonly string[];
  /** Target of a link; `` if it is none. */
  target(path: string): string;
}

/** A directory of the host, as a container with these CPUs sees it. Paths are below it, in parts. */
export interface Overlay {
  /** Below the mount point and, without its first component, below the host's /sys. */
  readonly root: string;
  /** What stands at a path; null: nothing. */
  readonly place: (path: readonly string[], cpus: CpuModel, host: HostTree) => Place | null;
  /** Names that a directory may have: those at which nothing stands are left out of its listing. */
  readonly names: (path: readonly string[], cpus: CpuModel, host: HostTree) => string[];
}

/** The number at the end of a name such as `cpu17`, -1 if it is no such name. */
export function numberIn(name: string, prefix: string): number {
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^(0|[1-9]\d{0,5})$/.test(digits) ? Number(digits) : -1;
}

/** The host's CPU that visible CPU i stands for, -1 if there is no visible CPU i. */
export const hostCpu = ({ count, set }: CpuModel, i: number): number =>
  i < 0 || i >= count ? -1 : (set[i] ?? -1);
