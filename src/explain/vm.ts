/**
 * Explains huge pages and the figures that only vmstat shows.
 * @module
 */
import type { Reading } from '../cgroup/read-plan.ts';
import { bytes, sizeAt } from './quantity.ts';
import type { Explain, Explainers } from './subject.ts';

const hugeTotal: Explain = ({ trace: { memory }, sample: { hugePages } }) => {
  const limit = memory?.hugetlb?.[0];
  if (!limit || Number.isNaN(limit.value)) return "the host's: no hugetlb cgroup";
  if (limit.value === Infinity) return `the host's: no limit in ${limit.file} at ${limit.cgroup}`;
  return `min(${sizeAt(limit)} / ${hugePages.sizeKB} kB, the host's)`;
};

const hugeFree: Explain = ({ trace: { memory }, sample: { hugePages } }) => {
  const usage = memory?.hugetlb?.[1];
  if (!usage || Number.isNaN(usage.value)) return "the host's: no hugetlb cgroup";
  return `HugePages_Total ${hugePages.total} - ${sizeAt(usage)} / ${hugePages.sizeKB} kB`;
};

const counter = ({ file, cgroup, value }: Reading, key: string): string =>
  Number.isNaN(value)
    ? `0, ${file} of ${cgroup} has no ${key}`
    : `${file} ${key} of ${cgroup} (${value})`;

const event: Explain = ({ trace: { memory } }, key) => {
  if (!memory) return null;
  if (key.startsWith('nr_')) return '0, no cgroup counts it';
  return counter(memory.event(key), memory.version === 1 ? `total_${key}` : key);
};

/** Bytes of all devices of io.stat or blkio. */
const io =
  (part: 'readBytes' | 'writtenBytes', v1: string, v2: string): Explain =>
  ({ trace, sample: { vm } }) => {
    const cgroup = trace.cgroup('blkio');
    if (!cgroup) return '0, the container has no cgroup of its own that counts disk I/O';
    const key = cgroup.version === 1 ? `blkio.throttle.io_service_bytes ${v1}` : `io.stat ${v2}`;
    return `${key} of ${cgroup.path}, all devices (${bytes(vm[part])})`;
  };

export const vmExplainers: Explainers = {
  'hugePages.total': hugeTotal,
  'hugePages.free': hugeFree,
  'vm.events': event,
  'vm.readBytes': io('readBytes', 'Read', 'rbytes'),
  'vm.writtenBytes': io('writtenBytes', 'Write', 'wbytes'),
  'vm.oomKills': ({ trace: { memory } }) => memory && counter(memory.oomKill, 'oom_kill'),
};
