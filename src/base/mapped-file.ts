/**
 * Files of the state directory, mapped into memory. What is found under the name of one and cannot be
 * one is set aside by the daemon, never changed and never believed.
 * @module
 */
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { native } from '../native/addon.ts';

/** Of each file so many that were set aside are kept, the newest. */
const KEPT = 3;

/** Why something is no file of ours, by the error of `native.mapFile`. */
const FAULTS: Readonly<Record<string, string>> = {
  ELOOP: 'it is a link',
  EISDIR: 'it is a directory',
  ENXIO: 'it is a socket',
  ENOTSUP: 'it is no regular file',
  EPERM: 'others own it, may write it, or have a link to it',
  ERANGE: 'it has another size: it was cut short, or another version of procview wrote it',
};

/**
 * Renames it, so that whoever wants to can look into it; forgets those that were set aside long ago.
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

/** What is known of a file when it is opened. */
export interface StateFile {
  readonly buffer: ArrayBuffer;
  /** For the log: what was set aside, and why; null: nothing. */
  readonly finding: string | null;
}

/**
 * Maps a file that belongs to the daemon, made if there is none.
 * @param fault why these bytes cannot be used, null if they can; of a new file they are zeros
 */
export function openOwnFile(
  path: string,
  bytes: number,
  mode: 'exclusive' | 'shared',
  fault: (buffer: ArrayBuffer) => string | null,
): StateFile {
  const mapped = mapUnlessForeign(path, bytes, mode);
  const reason = typeof mapped === 'string' ? mapped : fault(mapped);
  if (typeof mapped !== 'string' && reason === null) return { buffer: mapped, finding: null };
  const finding = `${path}: ${reason}; set aside as ${setAside(path)}, begun anew`;
  return { buffer: native.mapFile(path, bytes, mode), finding };
}

/** Why it is no file of ours, instead of its bytes. */
function mapUnlessForeign(
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

/** The same for who is not the daemon and must leave things as they are. Throws if they are wrong. */
export function openSharedFile(
  path: string,
  bytes: number,
  fault: (buffer: ArrayBuffer) => string | null,
): ArrayBuffer {
  const mapped = mapUnlessForeign(path, bytes, 'shared');
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
