/**
 * Which user may write which switch. Pure.
 * @module
 */

/** Users that may write kernel.container_stats_isolated: the container's root, any user of it, or none. */
export const WRITE_POLICIES = ['root', 'any', 'none'] as const;
export type WritePolicy = (typeof WRITE_POLICIES)[number];

const EPERM = 1;

/** A process that writes. */
export interface Writer {
  /** In the user namespace of the daemon. */
  readonly uid: number;
  /** /proc/<pid>/uid_map of the first process in its container; null if it cannot be read. */
  readonly uidMap: string | null;
}

/**
 * The uid that is root in a user namespace, as the daemon's user namespace numbers users; -1 if there is none.
 * user_namespaces(7): lines of `first inside, first outside, length`.
 */
export function rootOf(uidMap: string): number {
  for (const line of uidMap.split('\n')) {
    const [inside = Number.NaN, outside = Number.NaN] = line.trim().split(/\s+/).map(Number);
    if (inside === 0 && Number.isInteger(outside)) return outside;
  }
  return -1;
}

/**
 * Only root of the host may write the host's switch: 0 or a negative errno.
 * @param inContainer true also if that is unknown
 */
export const mayWriteHost = (uid: number, inContainer: boolean): number =>
  uid === 0 && !inContainer ? 0 : -EPERM;

/**
 * Only root of a container may write its switch, unless the policy is another one: 0 or a negative errno. Root is uid 0
 * in the user namespace of the container's first process, not of the writer: any user can be root of a new user
 * namespace (`unshare -r`).
 */
export function mayWriteContainer(policy: WritePolicy, { uid, uidMap }: Writer): number {
  if (policy === 'any') return 0;
  const isRoot = uidMap !== null && rootOf(uidMap) === uid;
  return policy === 'root' && isRoot ? 0 : -EPERM;
}
