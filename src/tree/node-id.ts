/**
 * Ids of nodes. An id is computed from a path and its mode, so it stays the same in every version and after every
 * restart of the daemon: the kernel keeps ids over a takeover. It contains the type and permission bits, also of a
 * node that is in no table.
 * @module
 */
import { createHash } from 'node:crypto';

export const ROOT = 1;

/** Layout of an id, from its lowest bit: hash of the path, permission bits, type; 53 bits in all. */
const HASH = 2 ** 40;
const PERMISSIONS = 2 ** 9;
const TYPE_SHIFT = 12;

/** Number of values of the hash bits that all paths below one overlay entry (as `.../cpu/cpu17`) share. */
const BRANCH = 2 ** 10;
const BRANCH_DEPTH = 5;

const hash = (text: string): number => createHash('sha256').update(text).digest().readUIntBE(0, 5);

/** The bits that all ids in the same branch of the tree share. */
function branchOf(path: string): number {
  const branch = path.split('/', BRANCH_DEPTH).join('/');
  return hash(branch) % BRANCH;
}

/** Node id of a path below the mount point; `.` is the root. `mode` as in `st_mode`. */
export function nodeId(path: string, mode: number): number {
  if (path === '.') return ROOT;
  const leaf = Math.floor(hash(path) / BRANCH) * BRANCH + branchOf(path);
  return ((mode >> TYPE_SHIFT) * PERMISSIONS + (mode & (PERMISSIONS - 1))) * HASH + leaf;
}

/** Type and permission bits that an id contains. */
export function modeOf(id: number): number {
  const high = Math.floor(id / HASH);
  return (Math.floor(high / PERMISSIONS) << TYPE_SHIFT) | (high % PERMISSIONS);
}

/** Whether a path below this one may have this id. The path has at least the depth of a branch. */
export const inBranch = (id: number, path: string): boolean => id % BRANCH === branchOf(path);
