/**
 * The decision of an overlay: which place on the host has the content of a path. Pure.
 * @module
 */
import type { CpuModel } from '../sampling/cpu-model.ts';

/** A file, directory or link of the host, with its type and permission bits. */
export interface HostPlace {
  /** Below the host's directory that the overlay imitates; empty: that directory. */
  readonly host: string;
  /** Computes the text of a file, or the target of a link, from the host's. */
  readonly rewrite?: (text: string) => string;
}

/** A link that the host does not have. */
export interface OwnLink {
  readonly target: string;
}

export type Place = HostPlace | OwnLink;

/** The part of the host's directory that an overlay may use for its decision. */
export interface HostTree {
  /** Names in a directory; none if it does not exist. */
  names(path: string): readonly string[];
  /** Target of a link; empty if the path is no link. */
  target(path: string): string;
}

/** A directory of the host, as a container with these CPUs sees it. Paths are relative to it, split into names. */
export interface Overlay {
  /** Below the mount point and, without its first component, below the host's /sys. */
  readonly root: string;
  /** The place of a path; null: the path does not exist. */
  readonly place: (path: readonly string[], cpus: CpuModel, host: HostTree) => Place | null;
  /** Names that a directory may have. A listing leaves out those without a place. */
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
