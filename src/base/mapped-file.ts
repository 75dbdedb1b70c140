/**
 * Files of the state directory, mapped into memory. A file that cannot be used is renamed by the daemon, and never changed.
 * @module
 */
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { native } from '../native/addon.ts';

/** Number of renamed files that are kept of each file, the newest. */
const KEPT = 3;

/** Why a file cannot be used, by the error of `native.mapFile`. */
const FAULTS: Readonly<Record<string, string>> = {
  ELOOP: 'it is a link',
  EISDIR: 'it is a directory',
  ENXIO: 'it is a socket',
  ENOTSUP: 'it is no regular file',
  EPERM: 'others own it, may write it, or have a link to it',
  ERANGE: 'it has another size: it was cut short, or another version of procview wrote it',
};

/**
 * Renames a file, so that it can be examined, and removes the oldest of its renamed predecessors.
 * @returns its new path
 */
function setAside(path: string): string {
  const time = new Date().toISOString().replace(/[-:]/g, '');
  const aside = `${path}.corrupt-${time}`;
  renameSync(path, aside);
  const directory = dirname(path);
  const all = readdirSync(directory).filter((name) =>
    name.startsWith(`${basename(path)}.corrupt-`),
  );
  for (const old of all.sort().slice(0, -KEPT)) {
    rmSync(join(directory, old), { recursive: true, force: true });
  }
  return aside;
}

/** A state file that was opened. */
export interface StateFile {
  readonly buffer: ArrayBuffer;
  /** For the log: which file was set aside, and why; null: none. */
  readonly finding: string | null;
}

/**
 * Maps a file of the daemon, and creates it if it does not exist.
 * @param fault why these bytes cannot be used, null if they can; of a new file they are zeros
 */
export function openOwnFile(
  path: string,
  bytes: number,
  mode: 'exclusive' | 'shared',
  fault: (buffer: ArrayBuffer) => string | null,
): StateFile {
  const mapped = mapOrReason(path, bytes, mode);
  const reason = typeof mapped === 'string' ? mapped : fault(mapped);
  if (typeof mapped !== 'string' && reason === null) return { buffer: mapped, finding: null };
  const finding = `${path}: ${reason}; set aside as ${setAside(path)}; a new file is in use`;
  return { buffer: native.mapFile(path, bytes, mode), finding };
}

/** The bytes of the file, or why it cannot be used. */
function mapOrReason(
  path: string,
  bytes: number,
  mode: 'exclusive' | 'shared',
): ArrayBuffer | string {
  try {
    return native.mapFile(path, bytes, mode);
  } catch (error) {
    const reason = FAULTS[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw error;
    return reason;
  }
}

/** The same for other processes than the daemon, which must not rename the file. Throws if it cannot be used. */
export function openSharedFile(
  path: string,
  bytes: number,
  fault: (buffer: ArrayBuffer) => string | null,
): ArrayBuffer {
  const mapped = mapOrReason(path, bytes, 'shared');
  const reason = typeof mapped === 'string' ? mapped : fault(mapped);
  if (typeof mapped !== 'string' && reason === null) return mapped;
  throw new Error(`${path}: ${reason}; \`procview serve\` sets it aside when it starts`);
}

const summed = new Int32Array(4);
const summedBytes = new Uint8Array(summed.buffer);

/**
 * CRC-32 of at most four words of 32 bits: it differs whenever up to six bits of them and of it are flipped.
 * @returns a word of 32 bits, signed
 */
export function checksum(...words: readonly number[]): number {
  summed.fill(0);
  summed.set(words);
  return crc32(summedBytes) | 0;
}
