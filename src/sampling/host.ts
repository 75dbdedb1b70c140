/**
 * The host's own figures and files, shared by all views of one thread: read at most once every few
 * milliseconds, however many ask.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../native/addon.ts';
import { type NativeSources, SourceKind } from '../native/sources.ts';
import { parseCpuList } from './cpu-list.ts';
import type { HostMemory } from './memory-domain.ts';

/** Microseconds for which a sample of the host is good. */
const FRESH = 10_000;
/** /proc/cpuinfo is slow: x86 before 5.18 asks idle CPUs for their frequency, 10 ms and more. */
const CPUINFO_FRESH = 1_000_000;
/** Settings that an administrator changes by hand. */
const SETTINGS_FRESH = 5_000_000;

/** Files that views are made from, and for how many microseconds a copy is good: `devices/...` are
 * below /sys, all others below /proc. */
const HOST_FILES = {
  stat: FRESH,
  cpuinfo: CPUINFO_FRESH,
  swaps: FRESH,
  diskstats: FRESH,
  slabinfo: CPUINFO_FRESH,
  zoneinfo: FRESH,
  schedstat: FRESH,
  interrupts: FRESH,
  softirqs: FRESH,
  'pressure/cpu': FRESH,
  'pressure/memory': FRESH,
  'pressure/io': FRESH,
  'devices/system/node/node0/cpumap': SETTINGS_FRESH,
  'devices/system/node/node0/meminfo': SETTINGS_FRESH,
  'devices/system/node/node0/numastat': SETTINGS_FRESH,
  'devices/system/node/node0/vmstat': SETTINGS_FRESH,
} as const;

export type HostFile = keyof typeof HOST_FILES;

export const hostFiles = Object.keys(HOST_FILES) as readonly HostFile[];

export const isHostFile = (name: string): name is HostFile => Object.hasOwn(HOST_FILES, name);

/** /proc/interrupts has 22 MiB on a machine with 1024 CPUs and 2000 interrupts. */
const BIGGEST_FILE = 32 << 20;
const KB = 1024;
const AT_PAGESZ = 6n;

/** Bytes of a host file at one moment. The object is replaced when the content changes. */
export interface FileSnapshot {
  readonly bytes: Uint8Array;
}

export interface HostSettings {
  /** vm.overcommit_kbytes; 0: the ratio counts. */
  readonly overcommitKB: number;
  /** vm.overcommit_ratio, per cent. */
  readonly overcommitRatio: number;
  readonly onlineCpus: readonly number[];
  /** Size of a transparent huge page, bytes. */
  readonly thpBytes: number;
}

/** Size of a page, from the auxiliary vector (getauxval(3)). */
function pageSize(): number {
  const auxv = readFileSync('/proc/self/auxv');
  const words = new BigUint64Array(Uint8Array.from(auxv).buffer, 0, auxv.length >> 3);
  for (let at = 0; at + 1 < words.length; at += 2) {
    if (words[at] === AT_PAGESZ) return Number(words[at + 1]);
  }
  return 4096;
}

/** First words of the lines of a file like meminfo or vmstat, without a trailing colon. */
export function keysOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.split(/[: ]/, 1)[0] ?? '')
    .filter(Boolean);
}

/** Of this thread, which reads one file at a time. */
let scratch: Uint8Array | null = null;

/** A whole file kept for a while. */
class CachedFile {
  readonly #path: string;
  readonly #fresh: number;
  readonly #linux32: boolean;
  #snapshot: FileSnapshot = { bytes: new Uint8Array(0) };
  #readAt = Number.NEGATIVE_INFINITY;

  /** @param linux32 read under that personality */
  constructor(path: string, fresh: number, linux32 = false) {
    this.#path = path;
    this.#fresh = fresh;
    this.#linux32 = linux32;
  }

  /** The file as of at most `fresh` microseconds ago; throws if it cannot be read. */
  get(now: number): FileSnapshot {
    if (now - this.#readAt < this.#fresh) return this.#snapshot;
    // Not made by who reads none: what V8 counts as held makes it collect more often.
    scratch ??= new Uint8Array(BIGGEST_FILE);
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

export class Host {
  readonly procRoot: string;
  readonly sysRoot: string;
  readonly pageSize = pageSize();
  /** Keys of /proc/meminfo and /proc/vmstat in the kernel's order. */
  readonly meminfoKeys: readonly string[];
  readonly vmstatKeys: readonly string[];
  /** CPUs that this machine can ever have: the size of everything that is per CPU. */
  readonly possibleCpus: number;
  /** /proc/meminfo in its own units (kB, or a count of huge pages), in the order of meminfoKeys. */
  readonly meminfo: Float64Array;
  readonly #meminfoIndex: ReadonlyMap<string, number>;
  readonly #sources: NativeSources;
  readonly #files: ReadonlyMap<HostFile, CachedFile>;
  /** /proc/cpuinfo as arm64 shows it to 32-bit tasks. */
  readonly #cpuinfo32: CachedFile;
  #meminfoAt: number;
  #memory: HostMemory | null = null;
  #settings: HostSettings | null = null;
  #settingsAt = Number.NEGATIVE_INFINITY;

  /** Throws if procRoot is no procfs. */
  constructor(procRoot: string, sysRoot: string) {
    this.procRoot = procRoot;
    this.sysRoot = sysRoot;
    this.meminfoKeys = keysOf(this.#text('meminfo'));
    this.vmstatKeys = keysOf(this.#text('vmstat'));
    this.possibleCpus = Math.max(...this.#cpus('possible'), ...this.#cpus('online')) + 1;
    this.#meminfoIndex = new Map(this.meminfoKeys.map((key, i) => [key, i]));
    const count = this.meminfoKeys.length;
    this.meminfo = new Float64Array(count).fill(Number.NaN);
    const file = { root: procRoot, path: 'meminfo', kind: SourceKind.keyed, slot: 0, count };
    const keys = new native.Keys(this.meminfoKeys);
    this.#sources = new native.Sources([{ ...file, keys, group: 1 }], this.meminfo);
    // Samplers are planned by the size of a huge page before anybody has read a view.
    this.#meminfoAt = this.#sources.sample(1);
    const cached = (name: HostFile, linux32 = false) =>
      new CachedFile(
        join(name.startsWith('devices/') ? sysRoot : procRoot, name),
        HOST_FILES[name],
        linux32,
      );
    this.#files = new Map(hostFiles.map((name) => [name, cached(name)]));
    this.#cpuinfo32 = cached('cpuinfo', true);
  }

  #text(file: string): string {
    const text = native.readText(join(this.procRoot, file));
    if (typeof text === 'string') return text;
    throw new Error(`${join(this.procRoot, file)}: cannot read, errno ${-text}; is it a procfs?`);
  }

  /** The CPUs of a list below /sys; if there is none, those that /proc/stat has lines for. */
  #cpus(list: 'online' | 'possible'): number[] {
    const text = native.readText(join(this.sysRoot, 'devices/system/cpu', list));
    const cpus = typeof text === 'string' ? parseCpuList(text) : null;
    if (cpus) return cpus;
    const lines = this.#text('stat').matchAll(/^cpu(\d+) /gm);
    return [...lines].map((match) => Number(match[1]));
  }

  /**
   * One of the files that views are made from; throws if it cannot be read.
   * @param linux32 as 32-bit tasks see it
   */
  file(name: HostFile, now: number, linux32 = false): FileSnapshot {
    const file = linux32 && name === 'cpuinfo' ? this.#cpuinfo32 : this.#files.get(name);
    if (!file) throw new Error(`${name}: no file of the host`);
    return file.get(now);
  }

  /** One line of /proc/meminfo as last sampled, in the file's own unit; 0 if there is none. */
  meminfoValue(key: string): number {
    return this.meminfo[this.#meminfoIndex.get(key) ?? -1] || 0;
  }

  /** Memory and swap, bytes. */
  memory(now: number): HostMemory {
    if (this.#memory && now - this.#meminfoAt < FRESH) return this.#memory;
    this.#meminfoAt = this.#sources.sample(1);
    this.#memory = {
      total: this.meminfoValue('MemTotal') * KB,
      free: this.meminfoValue('MemFree') * KB,
      available: this.meminfoValue('MemAvailable') * KB,
      swapTotal: this.meminfoValue('SwapTotal') * KB,
      swapFree: this.meminfoValue('SwapFree') * KB,
    };
    return this.#memory;
  }

  /** What an administrator may have changed meanwhile. */
  settings(now: number): HostSettings {
    if (!this.#settings || now - this.#settingsAt >= SETTINGS_FRESH) {
      this.#settings = this.#readSettings();
      this.#settingsAt = now;
    }
    return this.#settings;
  }

  #readSettings(): HostSettings {
    const number = (file: string, otherwise: number): number => {
      const text = native.readText(join(this.procRoot, 'sys/vm', file));
      return typeof text === 'string' ? Number(text) || 0 : otherwise;
    };
    const thp = native.readText(
      join(this.sysRoot, 'kernel/mm/transparent_hugepage/hpage_pmd_size'),
    );
    return {
      overcommitKB: number('overcommit_kbytes', 0),
      overcommitRatio: number('overcommit_ratio', 50),
      onlineCpus: this.#cpus('online'),
      thpBytes: Number(thp) > 0 ? Number(thp) : this.meminfoValue('Hugepagesize') * KB || 2 << 20,
    };
  }
}
