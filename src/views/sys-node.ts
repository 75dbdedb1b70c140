/**
 * /sys/devices/system/node: the one NUMA node of a container. drivers/base/node.c,
 * Documentation/ABI/stable/sysfs-devices-node.
 * @module
 */
import { basename } from 'node:path';
import type { FileSnapshot, Need, Sample } from '../sampling/sample.ts';
import { formatCpuList, formatCpuMask, visibleCpus } from './cpu-set.ts';
import { type Layout, type Line, layOut, type Value } from './lines.ts';
import { meminfoValue } from './meminfo.ts';
import type { TextWriter } from './text.ts';
import { type Origin, type View, wholeFile } from './view.ts';
import { vmFigure } from './vmstat.ts';

const DIRECTORY = 'sys/devices/system/node';

const origin = (key: string, from: string, differs = ''): Origin => ({
  key,
  v1: from,
  v2: from,
  ...(differs === '' ? {} : { differs }),
});

/** A file that always has the same text. */
const constant = (name: string, text: string, from: string): View => ({
  path: `${DIRECTORY}/${name}`,
  needs: [],
  fields: [wholeFile(basename(name), from)],
  render: (_, out) => out.text(text),
});

const text = ({ bytes }: FileSnapshot): string => new TextDecoder('latin1').decode(bytes);

/** Returns a renderer that lays out the lines once for each content of the host's file. */
function laidOut(line: (text: string, sample: Sample) => Line) {
  const known = new WeakMap<FileSnapshot, Layout>();
  return (snapshot: FileSnapshot, sample: Sample, out: TextWriter): void => {
    const lines = (): Line[] =>
      (text(snapshot).match(/.+/g) ?? []).map((each) => line(each, sample));
    const layout = known.get(snapshot) ?? layOut(lines());
    known.set(snapshot, layout);
    layout.render(sample, out);
  };
}

/** Keys that only the meminfo of a node has. */
const MEMORY: Readonly<Record<string, Value>> = {
  MemUsed: ({ memory }) => memory.total - memory.free,
  FilePages: ({ memory }) => memory.file + memory.swapCached,
};

/** Minimum width of a number in kB, and of a count. */
const KB_WIDTH = 8;
const COUNT_WIDTH = 5;

/** The blanks before a number are the host's: 6.1 has one less after FileHugePages than 6.18. */
const renderMemory = laidOut((line) => {
  const [, key = '', blanks = '', digits = '', unit = ''] =
    /^Node \d+ ([^:]+):( *)(\d+)(.*)$/.exec(line) ?? [];
  const width = unit === '' ? COUNT_WIDTH : KB_WIDTH;
  const padding = Math.max(0, width - digits.length);
  return {
    before: `Node 0 ${key}:${blanks.slice(padding)}`,
    width,
    after: `${unit}\n`,
    value: MEMORY[key] ?? meminfoValue(key),
  };
});

const firstWord = (line: string): string => line.split(' ', 1)[0] ?? '';

const renderCounters = laidOut((line, { host }) => {
  const key = firstWord(line);
  const value = vmFigure(key, host.vmstatKeys.indexOf(key));
  return { before: `${key} `, width: 0, after: '\n', value };
});

const renderZeros = laidOut((line) => {
  return { before: `${firstWord(line)} `, width: 0, after: '\n', value: null };
});

/** A file of node0 with the lines of the host's file. */
function nodeFile(
  name: 'cpumap' | 'meminfo' | 'vmstat' | 'numastat',
  need: Need | null,
  fields: readonly Origin[],
  render: (host: FileSnapshot, sample: Sample, out: TextWriter) => void,
): View {
  const file = `devices/system/node/node0/${name}` as const;
  return {
    path: `${DIRECTORY}/node0/${name}`,
    needs: need === null ? [file] : [need, file],
    fields,
    render: (sample, out) => render(sample.host.files[file], sample, out),
  };
}

const ONLY_NODE = 'node 0, the only one';
const ALL_CPUS = 'the CPUs of the container, 0 to n-1';

export const nodeViews: readonly View[] = [
  ...['online', 'possible', 'has_cpu', 'has_memory', 'has_normal_memory', 'has_high_memory'].map(
    (name) => constant(name, '0\n', ONLY_NODE),
  ),
  constant('has_generic_initiator', '\n', 'none'),
  constant('node0/distance', '10\n', '10, the distance of a node to itself'),
  {
    path: `${DIRECTORY}/node0/cpulist`,
    needs: ['cpus'],
    fields: [{ ...wholeFile('cpulist', ALL_CPUS), figure: 'cpus.count' }],
    render: ({ cpus }, out) => out.text(`${formatCpuList(visibleCpus(cpus.count))}\n`),
  },
  nodeFile(
    'cpumap',
    'cpus',
    [wholeFile('cpumap', `${ALL_CPUS}, as a mask`)],
    (host, { cpus }, out) => out.text(`${formatCpuMask(visibleCpus(cpus.count), text(host))}\n`),
  ),
  nodeFile(
    'meminfo',
    'memory',
    [
      origin('MemUsed', 'MemTotal - MemFree'),
      origin('FilePages', 'Cached + SwapCached of /proc/meminfo'),
      origin('*', 'the line of /proc/meminfo with the same key, else 0'),
    ],
    renderMemory,
  ),
  nodeFile(
    'vmstat',
    'vm',
    [origin('*', 'the line of /proc/vmstat with the same key, else 0')],
    renderCounters,
  ),
  nodeFile(
    'numastat',
    null,
    [origin('*', '0', 'no cgroup counts allocations by node')],
    renderZeros,
  ),
];
