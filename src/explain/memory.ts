/**
 * Explains MemTotal, MemFree, MemAvailable and the figures of memory.stat.
 * @module
 */
import { type MemoryField, memoryFieldNames, memoryFields } from '../sampling/memory-fields.ts';
import { RECLAIMABLE } from '../sampling/memory-figures.ts';
import type { MemoryLevelTrace, MemoryTrace } from '../sampling/memory-trace.ts';
import type { Sample } from '../sampling/sample.ts';
import { bytes, least, sizeAt } from './quantity.ts';
import type { Explainers, Subject } from './subject.ts';

const limited = ({ levels }: MemoryTrace): readonly MemoryLevelTrace[] =>
  levels.filter(({ limit }) => Number.isFinite(limit.value));

/** The reason why the host's figure is shown. */
export function unlimited({ levels }: MemoryTrace): string {
  const cgroups = levels.map(({ limit }) => limit.cgroup).join(', ');
  return `the host's: no limit below its MemTotal at ${cgroups}`;
}

function total(trace: MemoryTrace): string {
  const { domain, host } = trace;
  if (domain.level < 0) return unlimited(trace);
  const limits = limited(trace).map(({ limit }) => sizeAt(limit));
  const text = least([...limits, `host ${bytes(host.total)}`]);
  return domain.total > (trace.levels[domain.level]?.limit.value ?? 0)
    ? `one page, the minimum; ${text}`
    : text;
}

/** `memory.max 256 MiB - memory.current 60 MiB at /a`. */
const room = ({ limit, usage }: MemoryLevelTrace): string =>
  `${limit.file} ${bytes(limit.value)} - ${sizeAt(usage)}`;

function free(trace: MemoryTrace): string {
  const { domain, host, policies } = trace;
  const levels = limited(trace).filter(({ usage }) => !Number.isNaN(usage.value));
  if (domain.level < 0 && levels.length === 0) return unlimited(trace);
  const ofHost = domain.level < 0 || policies.headroom === 'host';
  const rooms = levels.map(room);
  const text = least(ofHost ? [...rooms, `the host's MemFree ${bytes(host.free)}`] : rooms);
  const over = levels.some(({ limit, usage }) => usage.value > limit.value);
  return over ? `0, usage is over the limit: ${text}` : text;
}

function available(trace: MemoryTrace, { memory }: Sample): string {
  if (trace.domain.level < 0) return unlimited(trace);
  const counted = trace.reclaimable.flatMap(({ value }, i) => {
    const field = RECLAIMABLE[i];
    const key = field && memoryFields[field][`v${trace.version}`];
    return key && value >= 0 ? [`${key} ${bytes(value)}`] : [];
  });
  const { cgroup = '', file = '' } = trace.reclaimable[0] ?? {};
  const text = `${[`MemFree ${memory.free} kB`, ...counted].join(' + ')}, of ${file} at ${cgroup}`;
  return memory.available === memory.total ? `${text}; at most MemTotal` : text;
}

/** Upper bounds of figures, which make them add up. */
const BOUNDS: Partial<Record<MemoryField, string>> = {
  file: 'MemTotal - MemFree',
  shmem: 'Cached',
  slabReclaimable: 'MemTotal - MemFree - Cached',
  swapCached: 'SwapTotal - SwapFree',
};

function ofStat(trace: MemoryTrace, field: MemoryField, shown: number): string {
  const key = memoryFields[field][`v${trace.version}`];
  if (field === 'slabUnreclaimable' && trace.version === 1) {
    const { file, cgroup, value } = trace.kernelUsage;
    return value >= 0 ? `${file} of ${cgroup} (${value})` : `0, ${cgroup} has no ${file}`;
  }
  if (key === '') return `0, cgroup v${trace.version} does not count it`;
  const { file, cgroup, value } = trace.stat[field];
  if (Number.isNaN(value)) return `0, ${file} of ${cgroup} has no ${key}`;
  const text = `${file} ${key} of ${cgroup} (${value})`;
  const isCut = shown < Math.floor(value / 1024) && Number.isFinite(value);
  return isCut ? `${text}, at most ${BOUNDS[field] ?? shown}` : text;
}

/** An explanation that needs a memory cgroup. */
const from =
  (explain: (trace: MemoryTrace, sample: Sample) => string) =>
  ({ trace, sample }: Subject): string | null =>
    trace.memory && explain(trace.memory, sample);

export const memoryExplainers: Explainers = {
  ...Object.fromEntries(
    memoryFieldNames.map((field) => [
      `memory.${field}`,
      from((trace, { memory }) => ofStat(trace, field, memory[field])),
    ]),
  ),
  'memory.total': from(total),
  'memory.free': from(free),
  'memory.available': from(available),
};
