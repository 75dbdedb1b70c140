/**
 * Who may write which switch. Pure.
 * @module
 */

/** Who may write kernel.container_stats_isolated: the container's root, any of its users, or nobody. */
export const POLICIES = ['root', 'any', 'none'] as const;
export type WritePolicy = (typeof POLICIES)[number];

const EPERM = 1;

/** Who writes, as the daemon's own user namespace numbers users. */
export interface Writer {
  readonly uid: number;
  /** /proc/<pid>/uid_map of its container's first process; null if it cannot be read. */
  readonly uidMap: string | null;
}

/**
 * The user, outside, who is root inside a user namespace; -1 if nobody is. user_namespaces(7): lines
 * `first inside, first outside, length`.
 */
export function rootOf(uidMap: string): number {
  for (const line of uidMap.split('\n')) {
    const [inside = Number.NaN, outside = Number.NaN] = line.trim().split(/\s+/).map(Number);
    if (inside === 0 && Number.isInteger(outside)) return outside;
  }
  return -1;
}

/**
 * The host's switch is for the host's root: 0 or a negative errno.
 * @param inContainer true also where that cannot be told
 */
export const mayWriteHost = (uid: number, inContainer: boolean): number =>
  uid === 0 && !inContainer ? 0 : -EPERM;

/**
 * A container's switch is for its own root: 0 or a negative errno. Root is who is root to the container's
 * first process: the writer's own namespace would make a root of every user who can run `unshare -r`.
 */
export function mayWriteContainer(policy: WritePolicy, { uid, uidMap }: Writer): number {
  if (policy === 'any') return 0;
  const isRoot = uidMap !== null && rootOf(uidMap) === uid;
  return policy === 'root' && isRoot ? 0 : -EPERM;
}
