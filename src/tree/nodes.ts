/**
 * Builds the nodes of a served tree: all files, and the directories above them.
 * @module
 */
import { constants } from 'node:fs';
import { posix } from 'node:path';
import type { NodeSpec } from '../native/session.ts';
import { nodeId } from './node-id.ts';

const { S_IFDIR, S_IFLNK, S_IFREG } = constants;
/** As in /proc; dynamic directories have those of /sys. */
const DIRECTORY_PERMISSIONS = 0o555;
const DYNAMIC_PERMISSIONS = 0o755;
const FILE_PERMISSIONS = 0o444;
const LINK_PERMISSIONS = 0o777;

/** A file or a link to serve. */
export interface ServedFile {
  /** Below the mount point. */
  readonly path: string;
  /** Permission bits; 0444 if absent. */
  readonly mode?: number;
  /** Target of a link; absent: it is a file. */
  readonly target?: string;
}

const fileMode = ({ mode = FILE_PERMISSIONS, target }: ServedFile): number =>
  target === undefined ? S_IFREG | mode : S_IFLNK | LINK_PERMISSIONS;

const isBelow = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);

/**
 * Nodes of these files and directories, and of all directories above them. Throws if two paths share an id.
 * @param dynamic directories whose entries depend on the caller; so do those of all directories below them
 * @param hidden directories that a lookup finds, but no listing shows
 */
export function treeOf(
  files: readonly ServedFile[],
  dynamic: readonly string[] = [],
  hidden: readonly string[] = [],
): NodeSpec[] {
  const isDynamic = (path: string): boolean => dynamic.some((root) => isBelow(path, root));
  const modes = new Map<string, number>(files.map((file) => [file.path, fileMode(file)]));
  const addDirectories = (path: string): void => {
    for (let up = path; !modes.has(up); up = posix.dirname(up)) {
      modes.set(up, S_IFDIR | (isDynamic(up) ? DYNAMIC_PERMISSIONS : DIRECTORY_PERMISSIONS));
    }
  };
  addDirectories('.');
  for (const { path } of files) addDirectories(posix.dirname(path));
  for (const path of [...dynamic, ...hidden]) addDirectories(path);
  const idOf = (path: string): number => nodeId(path, modes.get(path) ?? 0);
  const nodes = [...modes].map(([path, mode]) => ({
    id: idOf(path),
    parent: idOf(posix.dirname(path)),
    name: path === '.' ? '' : posix.basename(path),
    mode,
    dynamic: isDynamic(path),
    hidden: hidden.includes(path),
  }));
  if (new Set(nodes.map((node) => node.id)).size < nodes.length) {
    throw new Error('tree: two paths have the same node id');
  }
  return nodes;
}
