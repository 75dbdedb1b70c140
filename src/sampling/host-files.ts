/**
 * Files of the host that views are made from, read at most once in a period.
 * @module
 */
import { join } from 'node:path';
import { maxAge } from '../base/max-age.ts';
import { native } from '../native/addon.ts';

const { hostCounters, hostSlowFiles, hostSettings } = maxAge;

/** The files and their periods: `devices/...` are below /sys, all others below /proc. */
const HOST_FILES = {
  stat: hostCounters,
  cpuinfo: hostSlowFiles,
  swaps: hostCounters,
  diskstats: hostCounters,
  slabinfo: hostSlowFiles,
  zoneinfo: hostCounters,
  schedstat: hostCounters,
  interrupts: hostCounters,
  softirqs: hostCounters,
  'pressure/cpu': hostCounters,
  'pressure/memory': hostCounters,
  'pressure/io': hostCounters,
  'devices/system/node/node0/cpumap': hostSettings,
  'devices/system/node/node0/meminfo': hostSettings,
  'devices/system/node/node0/numastat': hostSettings,
  'devices/system/node/node0/vmstat': hostSettings,
} as const;

export type HostFile = keyof typeof HOST_FILES;

export const hostFiles = Object.keys(HOST_FILES) as readonly HostFile[];

export const isHostFile = (name: string): name is HostFile => Object.hasOwn(HOST_FILES, name);

/** Bytes of a host file at one moment. The object is replaced when the content changes. */
export interface FileSnapshot {
  readonly bytes: Uint8Array;
}

/** /proc/interrupts has 22 MiB on a machine with 1024 CPUs and 2000 interrupts. */
const MAX_FILE_SIZE = 32 << 20;

/** One buffer for all files of this thread, which reads one file at a time. */
let scratch: Uint8Array | null = null;

/** A file of the host with the bytes of its last read. */
export class CachedFile {
  readonly #path: string;
  readonly #maxAge: number;
  readonly #linux32: boolean;
  #snapshot: FileSnapshot = { bytes: new Uint8Array(0) };
  #readAt = Number.NEGATIVE_INFINITY;

  /** @param linux32 whether to read it under personality PER_LINUX32 */
  constructor(name: HostFile, procRoot: string, sysRoot: string, linux32 = false) {
    this.#path = join(name.startsWith('devices/') ? sysRoot : procRoot, name);
    this.#maxAge = HOST_FILES[name].us;
    this.#linux32 = linux32;
  }

  /** The file, read again if it is too old. Throws if it cannot be read. */
  get(now: number): FileSnapshot {
    if (now - this.#readAt < this.#maxAge) return this.#snapshot;
    // Only a thread that reads such files allocates the buffer: V8 counts it and would collect more often.
    scratch ??= new Uint8Array(MAX_FILE_SIZE);
    const length = native.readFile(this.#path, scratch, this.#linux32);
    if (length < 0) throw new Error(`${this.#path}: cannot read, errno ${-length}`);
    const bytes = scratch.subarray(0, length);
    if (Buffer.compare(bytes, this.#snapshot.bytes) !== 0) {
      this.#snapshot = { bytes: Uint8Array.from(bytes) };
    }
    this.#readAt = now;
    return this.#snapshot;
  }
}
