/**
 * /proc/<pid>/mountinfo: the mounts that a process can reach. Documentation/filesystems/proc.rst (3.5).
 * @module
 */
import { native } from '../native/addon.ts';

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

/** Fields of one mount in the array of `native.parseMountinfo`. */
type Fields = [number, number, string, string, string, string, string, string, string];

/** Length of `Fields`. */
const FIELDS = 9;

/** Whether it has characters that no line of the kernel has, and that the addon refuses. */
const isForeign = (text: string): boolean =>
  text.includes('\0') || /[^\p{ASCII}\x80-\xff]/u.test(text);

const withoutForeign = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !isForeign(line))
    .join('\n');

/**
 * All mounts of a text, in its order; malformed lines are left out.
 * @param text a byte string
 */
export function parseMountinfo(text: string): Mount[] {
  const flat = native.parseMountinfo(isForeign(text) ? withoutForeign(text) : text);
  return Array.from({ length: flat.length / FIELDS }, (_, i) => {
    const fields = flat.slice(i * FIELDS, (i + 1) * FIELDS) as Fields;
    const [id, parent, device, type, options, propagation, superOptions, root, point] = fields;
    return {
      id,
      parent,
      device,
      root,
      point,
      options: options.split(','),
      propagation: propagation === '' ? [] : propagation.split(' '),
      type,
      superOptions: superOptions.split(','),
    };
  });
}
