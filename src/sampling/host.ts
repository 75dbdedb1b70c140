/**
 * The host's own figures and files, shared by all containers of one thread. Each is read at most once in a period.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { maxAge } from '../base/max-age.ts';
import { native } from '../native/addon.ts';
import { type NativeSources, SourceKind } from '../native/sources.ts';
import { parseCpuList } from './cpu-list.ts';
import { CachedFile, type FileSnapshot, type HostFile, hostFiles } from './host-files.ts';
import type { HostMemory } from './memory-domain.ts';

const KB = 1024;
const AT_PAGESZ = 6n;

export interface HostSettings {
  /** vm.overcommit_kbytes; 0: the ratio applies. */
  readonly overcommitKB: number;
  /** vm.overcommit_ratio, per cent. */
  readonly overcommitRatio: number;
  readonly onlineCpus: readonly number[];
  /** Size of a transparent huge page, bytes. */
  readonly thpBytes: number;
}

/** Size of a page in bytes, from the auxiliary vector (getauxval(3)). */
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

export class Host {
  readonly procRoot: string;
  readonly sysRoot: string;
  readonly pageSize = pageSize();
  /** Keys of /proc/meminfo and /proc/vmstat in the kernel's order. */
  readonly meminfoKeys: readonly string[];
  readonly vmstatKeys: readonly string[];
  /** CPUs that this machine can ever have: the length of everything that is counted per CPU. */
  readonly possibleCpus: number;
  /** /proc/meminfo in its own units (kB, or a count of huge pages), in the order of meminfoKeys. */
  readonly meminfo: Float64Array;
  readonly #meminfoIndex: ReadonlyMap<string, number>;
  readonly #sources: NativeSources;
  readonly #files: ReadonlyMap<HostFile, CachedFile>;
  /** /proc/cpuinfo as arm64 shows it to tasks with personality PER_LINUX32. */
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
    // Plans of samplers need the size of a huge page before the first read of a view.
    this.#meminfoAt = this.#sources.sample(1);
    this.#files = new Map(hostFiles.map((name) => [name, new CachedFile(name, procRoot, sysRoot)]));
    this.#cpuinfo32 = new CachedFile('cpuinfo', procRoot, sysRoot, true);
  }

  #text(file: string): string {
    const text = native.readText(join(this.procRoot, file));
    if (typeof text === 'string') return text;
    throw new Error(`${join(this.procRoot, file)}: cannot read, errno ${-text}; is it a procfs?`);
  }

  /** The CPUs of a list below /sys; without one, the CPUs that have a line in /proc/stat. */
  #cpus(list: 'online' | 'possible'): number[] {
    const text = native.readText(join(this.sysRoot, 'devices/system/cpu', list));
    const cpus = typeof text === 'string' ? parseCpuList(text) : null;
    if (cpus) return cpus;
    const lines = this.#text('stat').matchAll(/^cpu(\d+) /gm);
    return [...lines].map((match) => Number(match[1]));
  }

  /**
   * One of the files that views are made from; throws if it cannot be read.
   * @param linux32 whether the reader has personality PER_LINUX32
   */
  file(name: HostFile, now: number, linux32 = false): FileSnapshot {
    const file = linux32 && name === 'cpuinfo' ? this.#cpuinfo32 : this.#files.get(name);
    if (!file) throw new Error(`${name}: no file of the host`);
    return file.get(now);
  }

  /** One line of /proc/meminfo as last sampled, in the file's own unit; 0 without such a line. */
  meminfoValue(key: string): number {
    return this.meminfo[this.#meminfoIndex.get(key) ?? -1] || 0;
  }

  /** Memory and swap, bytes. */
  memory(now: number): HostMemory {
    if (this.#memory && now - this.#meminfoAt < maxAge.hostCounters.us) return this.#memory;
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

  /** Settings of the host that an administrator can change. */
  settings(now: number): HostSettings {
    if (!this.#settings || now - this.#settingsAt >= maxAge.hostSettings.us) {
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
