/**
 * /proc/<pid>/mountinfo: the mounts that a process can reach. Documentation/filesystems/proc.rst (3.5).
 * @module
 */

export interface Mount {
  readonly id: number;
  /** Id of the mount that it is on; that of the topmost one is in no list. */
  readonly parent: number;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** What of the file system is shown: `/` unless part of it was bound. */
  readonly root: string;
  readonly point: string;
  /** Of this mount: `ro`, `nosuid`, ... */
  readonly options: readonly string[];
  /** `shared:N`, `master:N`, ... */
  readonly propagation: readonly string[];
  readonly type: string;
  /** Of the file system. */
  readonly superOptions: readonly string[];
}

/** Undoes the kernel's octal escapes of blank, tab, newline and backslash. */
function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

function parseMount(line: string): Mount | null {
  const [left = '', right = ''] = line.split(' - ');
  const [id, parent, device, root, point, options, ...propagation] = left.split(' ');
  const [type, , superOptions] = right.split(' ');
  if (device === undefined || root === undefined || point === undefined || !type) return null;
  return {
    id: Number(id),
    parent: Number(parent),
    device,
    type,
    propagation,
    root: unescapeOctal(root),
    point: unescapeOctal(point),
    options: (options ?? '').split(','),
    superOptions: (superOptions ?? '').split(','),
  };
}

/** All mounts of a text, in its order; malformed lines are left out. */
export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => parseMount(line) ?? []);
}
