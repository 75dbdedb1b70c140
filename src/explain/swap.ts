/**
 * Explains SwapTotal, SwapFree and Committed_AS.
 * @module
 */
import type { MemoryLevelTrace, MemoryTrace } from '../sampling/memory-trace.ts';
import type { Sample } from '../sampling/sample.ts';
import { bytes, least, sizeAt } from './quantity.ts';
import type { Explain, Explainers, Subject } from './subject.ts';

/** v1 counts memory and swap together: swap is the difference. */
function limitOf(version: 1 | 2, { limit, swapLimit }: MemoryLevelTrace): string {
  if (version === 2) return sizeAt(swapLimit);
  return `${swapLimit.file} ${bytes(swapLimit.value)} - ${sizeAt(limit)}`;
}

function usageOf(version: 1 | 2, { usage, swapUsage }: MemoryLevelTrace): string {
  if (version === 2) return sizeAt(swapUsage);
  return `(${swapUsage.file} ${bytes(swapUsage.value)} - ${sizeAt(usage)})`;
}

/** The reason why a container has no swap; null if it has some. */
function noSwap({ host, policies }: MemoryTrace): string | null {
  if (!policies.swap) return '0, policies.swap is false';
  return host.swapTotal === 0 ? '0, the host has no swap' : null;
}

const limited = ({ levels }: MemoryTrace): readonly MemoryLevelTrace[] =>
  levels.filter(({ swapLimit }) => Number.isFinite(swapLimit.value));

function total(trace: MemoryTrace): string {
  const limits = limited(trace).map((level) => limitOf(trace.version, level));
  if (limits.length === 0) return "the host's: no swap limit at any level";
  return least([...limits, `host ${bytes(trace.host.swapTotal)}`]);
}

function free(trace: MemoryTrace, { memory }: Sample): string {
  const own = trace.levels[0];
  const isUsageKnown = own !== undefined && !Number.isNaN(own.swapUsage.value);
  const isHost = limited(trace).length === 0 && (trace.domain.level < 0 || !isUsageKnown);
  if (isHost) return "the host's: no limit at any level";
  const used = isUsageKnown ? usageOf(trace.version, own) : '0';
  const levels = limited(trace).filter(({ swapUsage }) => !Number.isNaN(swapUsage.value));
  const rooms = levels.map(
    (level) => `${limitOf(trace.version, level)} - ${usageOf(trace.version, level)}`,
  );
  const text = `SwapTotal ${memory.swapTotal} kB - ${used}`;
  return rooms.length > 0 ? `${text}; at most ${least(rooms)}` : text;
}

const from =
  (explain: (trace: MemoryTrace, sample: Sample) => string) =>
  ({ trace: { memory }, sample }: Subject): string | null =>
    memory && (noSwap(memory) ?? explain(memory, sample));

/** Committed_AS. */
const committed: Explain = ({ sample: { memory } }) =>
  `AnonPages ${memory.anon} kB + Shmem ${memory.shmem} kB + swap usage ${memory.swapUsed} kB`;

export const swapExplainers: Explainers = {
  'memory.swapTotal': from(total),
  'memory.swapFree': from(free),
  'memory.swapUsed': committed,
};
