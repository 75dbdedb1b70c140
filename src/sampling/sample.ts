/**
 * A sample: the figures of one container and its host at one moment. Views are rendered from it.
 * @module
 */
import type { CpuModel } from './cpu-model.ts';
import type { DiskSample } from './disk-counters.ts';
import type { Host, HostSettings } from './host.ts';
import { type FileSnapshot, type HostFile, hostFiles } from './host-files.ts';
import type { MemoryStat } from './memory-fields.ts';
import { type MemoryField, memoryFieldNames, statOrigin } from './memory-fields.ts';
import { emptyFigures, type MemoryFigures } from './memory-figures.ts';
import {
  noPressure,
  type PressureLine,
  type PressureResource,
  type PressureSample,
} from './pressure.ts';

export type { DiskSample, PressureLine, PressureResource };
export { type FileSnapshot, type MemoryField, statOrigin };

/** The parts of a sample. Each is filled only for the views that need it. */
export type Part = 'memory' | 'vm' | 'cpus' | 'times' | 'load' | 'disks' | 'pressure' | 'slab';

/** What a view needs: parts of a sample, and files of the host. */
export type Need = Part | HostFile;

/** Huge pages of the host's default size. */
export interface HugePages {
  readonly total: number;
  readonly free: number;
  readonly sizeKB: number;
}

/** Figures that only /proc/vmstat shows. */
export interface VmSample {
  /** Counters of memory.stat by index in the host's vmstat keys; NaN where it has none. */
  readonly events: Float64Array;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly oomKills: number;
}

/** CPU time since the container's start, microseconds. */
export interface CpuTimesSample {
  /** CPUs that have a line. */
  readonly count: number;
  /** CPUs that ever had one; the last of them may be hidden now. */
  readonly everShown: number;
  readonly user: (cpu: number) => number;
  readonly nice: (cpu: number) => number;
  readonly system: (cpu: number) => number;
  readonly idle: (cpu: number) => number;
  /** Start of the container, seconds since the Epoch; NaN if unknown: the view then shows the host's. */
  readonly btime: number;
  /** Microseconds since that start, or the host's. */
  readonly uptime: number;
}

export interface LoadSample {
  /** 1, 5 and 15 minutes, as [whole, hundredths]. */
  readonly averages: readonly (readonly [whole: number, hundredths: number])[];
  /** Tasks (threads). */
  readonly running: number;
  readonly blocked: number;
  readonly total: number;
  /** Highest pid of the container's own pid namespace. */
  readonly lastPid: number;
}

export interface HostSample {
  readonly meminfoKeys: readonly string[];
  readonly vmstatKeys: readonly string[];
  /** Value of a /proc/meminfo line in its own unit, 0 if absent. */
  readonly meminfoValue: (key: string) => number;
  readonly settings: HostSettings;
  /** Bytes. */
  readonly pageSize: number;
  /** The files that the view needs. */
  readonly files: Readonly<Record<HostFile, FileSnapshot>>;
}

/** Parts that the view does not need may be older. */
export interface Sample {
  readonly host: HostSample;
  readonly memory: MemoryFigures;
  readonly hugePages: HugePages;
  readonly vm: VmSample;
  readonly cpus: CpuModel;
  readonly times: CpuTimesSample;
  readonly load: LoadSample;
  /** Devices that the container used. */
  readonly disks: readonly DiskSample[];
  readonly pressure: PressureSample;
  /** memory.kmem.slabinfo (v1); empty where there is none. */
  readonly slab: string;
}

type Parts = Omit<Sample, 'host'>;

/** The name of a figure: `memory.free`, or a part that is one figure. */
export type Figure = {
  [part in keyof Parts]: Parts[part] extends string | readonly unknown[]
    ? part
    : `${part}.${keyof Parts[part] & string}`;
}[keyof Parts];

/** A sample as its sampler fills it. */
export type MutableSample = {
  -readonly [part in Exclude<keyof Sample, 'host'>]: Sample[part];
} & {
  readonly host: { -readonly [part in Exclude<keyof HostSample, 'files'>]: HostSample[part] } & {
    readonly files: Record<HostFile, FileSnapshot>;
  };
};

const zero = (): number => 0;

const noFile: FileSnapshot = { bytes: new Uint8Array(0) };

const noFiles = Object.fromEntries(hostFiles.map((name) => [name, noFile])) as Record<
  HostFile,
  FileSnapshot
>;

const noMemory = emptyFigures(
  Object.fromEntries(memoryFieldNames.map((field) => [field, 0])) as MemoryStat,
);

/** A sample before anything was read. */
export function emptySample(host: Host): MutableSample {
  return {
    host: {
      meminfoKeys: host.meminfoKeys,
      vmstatKeys: host.vmstatKeys,
      meminfoValue: (key) => host.meminfoValue(key),
      settings: host.settings(0),
      pageSize: host.pageSize,
      files: { ...noFiles },
    },
    memory: noMemory,
    hugePages: { total: 0, free: 0, sizeKB: 0 },
    vm: { events: new Float64Array(0), readBytes: 0, writtenBytes: 0, oomKills: 0 },
    cpus: { count: 1, set: [0], quota: Infinity },
    times: {
      count: 0,
      everShown: 0,
      user: zero,
      nice: zero,
      system: zero,
      idle: zero,
      btime: Number.NaN,
      uptime: 0,
    },
    load: { averages: [], running: 1, blocked: 0, total: 1, lastPid: 1 },
    disks: [],
    pressure: noPressure,
    slab: '',
  };
}
