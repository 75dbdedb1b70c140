/**
 * Parameters that exist once in this kernel, and that each container sees and sets as its own. The host's value is raised
 * to the largest requested value, up to a ceiling, and never lowered. Pure.
 * Documentation/admin-guide/sysctl/vm.rst, Documentation/networking/ip-sysctl.rst.
 * @module
 */
import type { Raise } from '../switches/store.ts';

export interface GlobalParameter {
  readonly name: 'vm.max_map_count' | 'net.ipv4.tcp_max_orphans';
  /** Below the mount point and below /. */
  readonly path: string;
  /** The largest value that a container may request if the host's value is lower. */
  readonly ceiling: number;
}

/** The position of a parameter is its position in the file of switches: append, never reorder. */
export const GLOBAL_PARAMETERS: readonly GlobalParameter[] = [
  // About 64 bytes of kernel memory for each mapping. Elasticsearch requests 262144, SAP 2147483647.
  { name: 'vm.max_map_count', path: 'proc/sys/vm/max_map_count', ceiling: 1_048_576 },
  // Up to 64 kB of unswappable memory for each orphan.
  { name: 'net.ipv4.tcp_max_orphans', path: 'proc/sys/net/ipv4/tcp_max_orphans', ceiling: 262_144 },
];

/** Whether a container may request this value if the host has `host`. */
export const isAllowed = ({ ceiling }: GlobalParameter, value: number, host: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= Math.max(ceiling, host);

/** The change of the host's value for a requested value; null if the host's is not lower. */
export function raise(value: number, host: number, last: Raise): Raise | null {
  return value > host ? { from: valueBeforeRaise(host, last), to: value } : null;
}

/** The value that a container sees that has requested none: the host's, without the raises for other containers. */
export const valueBeforeRaise = (host: number, { from, to }: Raise): number =>
  host === to ? from : host;
