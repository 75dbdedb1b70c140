/**
 * Small hand-made samples for the tests of the views.
 * @module
 */
import { type HostFile, hostFiles } from '../../src/sampling/host-files.ts';
import { memoryFieldNames } from '../../src/sampling/memory-fields.ts';
import type { MemoryFigures } from '../../src/sampling/memory-figures.ts';
import { noPressure } from '../../src/sampling/pressure.ts';
import type { HostSample, LoadSample, Sample } from '../../src/sampling/sample.ts';
import { TextWriter } from '../../src/views/text.ts';
import type { View } from '../../src/views/view.ts';

const bytes = (text: string): { bytes: Uint8Array } => ({ bytes: Buffer.from(text, 'latin1') });

/** The figures of a test's sample; all others are zero, or the minimum. */
export interface Given {
  readonly host?: Partial<Omit<HostSample, 'files'>>;
  /** Texts of the host's files. */
  readonly files?: { readonly [name in HostFile]?: string };
  readonly memory?: Partial<MemoryFigures>;
  readonly hugePages?: Partial<Sample['hugePages']>;
  readonly vm?: Partial<Sample['vm']>;
  readonly cpus?: Partial<Sample['cpus']>;
  readonly times?: Partial<Sample['times']>;
  readonly load?: Partial<LoadSample>;
  readonly disks?: Sample['disks'];
  readonly pressure?: Partial<Sample['pressure']>;
  readonly slab?: string;
}

const zero = (): number => 0;

const noMemory = {
  ...Object.fromEntries(memoryFieldNames.map((field) => [field, 0])),
  ...{ total: 0, free: 0, available: 0, swapTotal: 0, swapFree: 0, swapUsed: 0 },
} as MemoryFigures;

const settings = {
  ...{ overcommitKB: 0, overcommitRatio: 50, onlineCpus: [0] },
  thpBytes: 2 << 20,
};

export function sample(given: Given): Sample {
  const files = hostFiles.map((name) => [name, bytes(given.files?.[name] ?? '')]);
  return {
    host: {
      ...{ meminfoKeys: [], vmstatKeys: [], meminfoValue: zero, settings, pageSize: 4096 },
      ...{ ...given.host, files: Object.fromEntries(files) },
    },
    memory: { ...noMemory, ...given.memory },
    hugePages: { total: 0, free: 0, sizeKB: 2048, ...given.hugePages },
    vm: { events: new Float64Array(0), readBytes: 0, writtenBytes: 0, oomKills: 0, ...given.vm },
    cpus: { count: 1, set: [0], quota: Infinity, ...given.cpus },
    times: {
      ...{ count: 1, everShown: 1, user: zero, nice: zero, system: zero, idle: zero },
      ...{ btime: Number.NaN, uptime: 0, ...given.times },
    },
    load: { averages: [], running: 1, blocked: 0, total: 1, lastPid: 1, ...given.load },
    disks: given.disks ?? [],
    pressure: { ...noPressure, ...given.pressure },
    slab: given.slab ?? '',
  };
}

/** A view's text. */
export function render(view: View, of: Sample, size = 1 << 20): string {
  const out = new TextWriter(new Uint8Array(size));
  view.render(of, out);
  out.finish();
  return Buffer.from(out.bytes.subarray(0, out.length)).toString('latin1');
}

/** Numbers by key of a file like meminfo or vmstat. */
export function numbers(text: string): Record<string, number> {
  const lines = text.trimEnd().split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [key = '', number] = line.split(/:? +/);
      return [key, Number(number)];
    }),
  );
}
