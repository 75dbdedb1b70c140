/**
 * /proc/cpuinfo: the host's blocks of the container's CPUs, renumbered, as one socket. fs/proc/cpuinfo.c,
 * arch/<arch>/kernel/cpu/proc.c.
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import { type Piece, parseCpuinfo } from './cpuinfo-blocks.ts';
import { oncePer } from './once.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';

const origin = (key: string, from: string): Origin => ({ key, v1: from, v2: from });

const oneSocket = (architectures: string): string =>
  `${architectures}: one socket with a core for each CPU, no hyper-threads`;

const FIELDS: readonly Origin[] = [
  {
    key: 'processor',
    v1: 'as many as the quota and the cpuset allow; number i is the i-th CPU of the cpuset',
    v2: 'the same',
    figure: 'cpus.count',
  },
  { ...origin('physical id', '0'), differs: oneSocket('x86, s390x') },
  { ...origin('siblings', 'number of CPUs'), differs: oneSocket('x86, s390x') },
  { ...origin('cpu cores', 'number of CPUs'), differs: oneSocket('x86, s390x') },
  { ...origin('core id', 'number of the CPU'), differs: oneSocket('x86, s390x') },
  { ...origin('apicid', 'number of the CPU'), differs: oneSocket('x86') },
  { ...origin('initial apicid', 'number of the CPU'), differs: oneSocket('x86') },
  { ...origin('cpu number, address', 'number of the CPU'), differs: 's390x' },
  { ...origin('# processors', 'number of CPUs'), differs: 's390x' },
  { ...origin('book id, drawer id', '0'), differs: oneSocket('s390x') },
  { ...origin('hart', 'number of the CPU'), differs: 'riscv64' },
  { ...origin('core, global_id', 'number of the CPU'), differs: oneSocket('loongarch64') },
  { ...origin('package', '0'), differs: oneSocket('loongarch64') },
  origin('*', "the host's line of the same CPU"),
];

const partsOf = oncePer(parseCpuinfo);

function renderPieces(sample: Sample, pieces: readonly Piece[], i: number, out: TextWriter): void {
  for (const { from, to, number } of pieces) {
    out.raw(sample.host.files.cpuinfo.bytes, from, to);
    if (number) out.number(number(i, sample.cpus.count));
  }
}

function render(sample: Sample, out: TextWriter): void {
  const { count, set } = sample.cpus;
  for (const part of partsOf(sample.host.files.cpuinfo)) {
    if (!(part instanceof Map)) {
      renderPieces(sample, part, 0, out);
      continue;
    }
    // A CPU that went offline since the last read of the settings has no block.
    const spare = part.values().next().value ?? [];
    for (let i = 0; i < count; i++) renderPieces(sample, part.get(set[i] ?? -1) ?? spare, i, out);
  }
}

export const cpuinfo: View = {
  path: 'proc/cpuinfo',
  needs: ['cpus', 'cpuinfo'],
  fields: FIELDS,
  render,
};
