/**
 * Paths of the served tree and their node ids. An id is made from the path, so that it means the same
 * in every version and incarnation of the daemon: the kernel keeps ids over a hand-over.
 * @module
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { posix } from 'node:path';
import type { NodeSpec } from '../native.ts';

const ROOT = 1;
const DIRECTORY_MODE = constants.S_IFDIR | 0o555;
const FILE_MODE = constants.S_IFREG | 0o444;

/** Node id of a path below the mount point; `.` is the root. */
export function nodeId(path: string): number {
  if (path === '.') return ROOT;
  return createHash('sha256').update(path).digest().readUIntBE(0, 6) + ROOT + 1;
}

/** Nodes of these files and of all directories above them. Throws if two paths share an id. */
export function treeOf(files: readonly string[]): NodeSpec[] {
  const modes = new Map<string, number>([['.', DIRECTORY_MODE]]);
  for (const file of files) {
    modes.set(file, FILE_MODE);
    for (let up = posix.dirname(file); up !== '.'; up = posix.dirname(up)) {
      modes.set(up, DIRECTORY_MODE);
    }
  }
  const nodes = [...modes].map(([path, mode]) => ({
    id: nodeId(path),
    parent: nodeId(posix.dirname(path)),
    name: path === '.' ? '' : posix.basename(path),
    mode,
  }));
  if (new Set(nodes.map((node) => node.id)).size < nodes.length) {
    throw new Error('tree: two paths have the same node id');
  }
  return nodes;
}
