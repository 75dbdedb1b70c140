/**
 * Looks up, lists and reads the directories whose entries depend on the caller: for a container with these CPUs,
 * or (null) for the host, which gets its own directory unchanged.
 * @module
 */
import { constants } from 'node:fs';
import { join, posix } from 'node:path';
import { native } from '../native/addon.ts';
import type { CpuModel } from '../sampling/cpu-model.ts';
import { bufferOf, type TextWriter } from '../views/text.ts';
import { cpuOverlay } from './cpu.ts';
import { nodeOverlay } from './node.ts';
import type { HostPlace, HostTree, Overlay, Place } from './place.ts';

const { S_IFMT, S_IFREG, S_IFDIR, S_IFLNK } = constants;
const LINK_MODE = S_IFLNK | 0o777;
const ENOENT = 2;

/** Name and mode of an entry. */
export type Entry = readonly [name: string, mode: number];

export const isFile = (mode: number): boolean => (mode & S_IFMT) === S_IFREG;
export const isDirectory = (mode: number): boolean => (mode & S_IFMT) === S_IFDIR;
export const isLink = (mode: number): boolean => (mode & S_IFMT) === S_IFLNK;

/** A directory of the host's /sys. No link below it is followed. */
class HostDirectory implements HostTree {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  names(path: string): readonly string[] {
    const names = native.readDirectory(this.root, path, false);
    return typeof names === 'number' ? [] : names;
  }

  target(path: string): string {
    const target = native.readLinkBeneath(this.root, path);
    return typeof target === 'string' ? target : '';
  }
}

interface Mounted {
  readonly overlay: Overlay;
  readonly host: HostDirectory;
}

export class Overlays {
  /** Paths, below the mount point, of the overlays that this host has a directory for. */
  readonly roots: readonly string[];
  readonly #mounted: readonly Mounted[];

  /** @param sysRoot the host's /sys */
  constructor(sysRoot: string) {
    const all = [cpuOverlay, nodeOverlay].map((overlay) => {
      const [, ...below] = overlay.root.split('/');
      return { overlay, host: new HostDirectory(join(sysRoot, ...below)) };
    });
    this.#mounted = all.filter(({ host }) => isDirectory(native.modeBeneath(host.root, '')));
    this.roots = this.#mounted.map(({ overlay }) => overlay.root);
  }

  /** Type and permission bits of a path, or a negative errno. */
  mode(path: string, cpus: CpuModel | null): number {
    return this.#at(path, cpus, (place, { host }) => modeOf(place, host));
  }

  /** Entries of a directory, without `.` and `..`; none if it does not exist. */
  list(path: string, cpus: CpuModel | null): Entry[] {
    const entries: Entry[] = [];
    for (const name of this.#names(path, cpus)) {
      const mode = this.mode(posix.join(path, name), cpus);
      if (mode > 0) entries.push([name, mode]);
    }
    return entries;
  }

  /** Writes a file's body or a link's target. Returns 0 or a negative errno. */
  read(path: string, cpus: CpuModel | null, out: TextWriter): number {
    out.reset();
    return this.#at(path, cpus, (place, { host }) => {
      if ('target' in place) return replaceBody(out, place.target);
      const link = isLink(modeOf(place, host));
      const error = link ? readLink(place, host, out) : readFile(place, host, out);
      if (error < 0 || !place.rewrite) return error;
      return replaceBody(out, place.rewrite(bodyText(out)));
    });
  }

  #names(path: string, cpus: CpuModel | null): readonly string[] {
    const [mounted, parts] = this.#split(path);
    if (!mounted) return [];
    const { overlay, host } = mounted;
    return cpus ? overlay.names(parts, cpus, host) : host.names(parts.join('/'));
  }

  #split(path: string): [mounted: Mounted | undefined, parts: string[]] {
    const mounted = this.#mounted.find(
      ({ overlay: { root } }) => path === root || path.startsWith(`${root}/`),
    );
    const below = path.slice((mounted?.overlay.root.length ?? 0) + 1);
    return [mounted, below === '' ? [] : below.split('/')];
  }

  #at(
    path: string,
    cpus: CpuModel | null,
    then: (place: Place, mounted: Mounted) => number,
  ): number {
    const [mounted, parts] = this.#split(path);
    if (!mounted) return -ENOENT;
    const host = { host: parts.join('/') };
    const place = cpus ? mounted.overlay.place(parts, cpus, mounted.host) : host;
    return place ? then(place, mounted) : -ENOENT;
  }
}

/** ENOENT for devices, sockets and the like, which /sys does not have. */
function modeOf(place: Place, { root }: HostDirectory): number {
  if ('target' in place) return LINK_MODE;
  const mode = native.modeBeneath(root, place.host);
  return mode < 0 || isFile(mode) || isDirectory(mode) || isLink(mode) ? mode : -ENOENT;
}

function readFile({ host }: HostPlace, { root }: HostDirectory, out: TextWriter): number {
  const length = native.readFileBeneath(root, host, out.bytes);
  out.length = Math.max(0, length);
  return Math.min(0, length);
}

function readLink({ host }: HostPlace, { root }: HostDirectory, out: TextWriter): number {
  const target = native.readLinkBeneath(root, host);
  return typeof target === 'string' ? replaceBody(out, target) : target;
}

const bodyText = (out: TextWriter): string => bufferOf(out.bytes).toString('latin1', 0, out.length);

function replaceBody(out: TextWriter, text: string): number {
  out.reset();
  out.text(text);
  out.finish();
  return 0;
}
