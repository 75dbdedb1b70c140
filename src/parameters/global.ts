/**
 * Parameters that this kernel has once for all, and that each container sees and sets as its own: the host's
 * is raised to the largest that was asked for, up to a ceiling, and never lowered. Pure.
 * Documentation/admin-guide/sysctl/vm.rst, Documentation/networking/ip-sysctl.rst.
 * @module
 */
import type { Raise } from '../switches/store.ts';

export interface GlobalParameter {
  readonly name: 'vm.max_map_count' | 'net.ipv4.tcp_max_orphans';
  /** Below the mount point and below /. */
  readonly path: string;
  /** The largest value that a container may ask for, if the host has less. */
  readonly ceiling: number;
}

/** Their places are those in the file of switches: append, never reorder. */
export const GLOBAL_PARAMETERS: readonly GlobalParameter[] = [
  // 64 bytes or so of kernel memory for each mapping; Elasticsearch asks for 262144, SAP for 2147483647.
  { name: 'vm.max_map_count', path: 'proc/sys/vm/max_map_count', ceiling: 1_048_576 },
  // Up to 64 kB of unswappable memory for each orphan.
  { name: 'net.ipv4.tcp_max_orphans', path: 'proc/sys/net/ipv4/tcp_max_orphans', ceiling: 262_144 },
];

/** Whether a container may ask for this, where the host has `host`. What it gets must be true. */
export const mayAsk = ({ ceiling }: GlobalParameter, value: number, host: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= Math.max(ceiling, host);

/** How the host's value changes when a container has asked for this; null: it has enough already. */
export function raise(value: number, host: number, last: Raise): Raise | null {
  return value > host ? { from: unraised(host, last), to: value } : null;
}

/** What a container sees that has asked for nothing: what others have asked for is none of its. */
export const unraised = (host: number, { from, to }: Raise): number => (host === to ? from : host);
