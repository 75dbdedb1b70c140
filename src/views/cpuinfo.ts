/**
 * /proc/cpuinfo: the host's blocks of the container's CPUs, renumbered, as one socket.
 * arch/<arch>/kernel/cpu/proc.c, cpuinfo.c, setup-common.c (powerpc), processor.c (s390).
 * @module
 */
import type { FileSnapshot, Sample } from '../sampling/sample.ts';
import { oncePer } from './once.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';

type Numbering = (i: number, n: number) => number;

const own: Numbering = (i) => i;
const all: Numbering = (_, n) => n;
const first: Numbering = () => 0;

/** Lines whose number must fit the container's CPUs: i of n. Everything else is the host's. */
const REWRITTEN: Readonly<Record<string, Numbering>> = {
  ...{ processor: own, 'core id': own, 'physical id': first, siblings: all, 'cpu cores': all },
  // x86
  ...{ apicid: own, 'initial apicid': own },
  // s390x
  ...{ '# processors': all, 'cpu number': own, address: own, 'book id': first, 'drawer id': first },
  // riscv64
  hart: own,
  // loongarch64
  ...{ package: first, core: own, global_id: own },
};

const origin = (key: string, from: string): Origin => ({ key, v1: from, v2: from });

const oneSocket = (architectures: string): string =>
  `${architectures}: one socket of so many cores, without hyper-threads`;

const FIELDS: readonly Origin[] = [
  {
    key: 'processor',
    v1: 'as many as the quota and the cpuset allow; number i stands for the i-th CPU of the cpuset',
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
  origin('*', "the host's, of the CPU that it stands for"),
];

/** A stretch of the host's bytes, then possibly a number of ours. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly number: Numbering | null;
}

/** A part of the file: what belongs to no CPU, or what each CPU has there, by the host's CPU number. */
type Part = readonly Piece[] | Map<number, readonly Piece[]>;

/** `key : number`, and s390x's `processor 0: version = ..`. */
const NUMBER = /^([a-z_# ]+?)[\t ]+: (\d+)$|^processor (\d+):/dgm;

/** Cuts text at the numbers that are ours. */
function pieces(text: string, start: number): Piece[] {
  const found: Piece[] = [];
  let from = start;
  for (const match of text.matchAll(NUMBER)) {
    const number = REWRITTEN[match[1] ?? 'processor'];
    const [begin, end] = match.indices?.[2] ?? match.indices?.[3] ?? [];
    if (!number || begin === undefined || end === undefined) continue;
    found.push({ from, to: start + begin, number });
    from = start + end;
  }
  found.push({ from, to: start + text.length, number: null });
  return found;
}

/** A CPU's line on s390x, a CPU's block, or any other line. */
const UNIT =
  /^processor (\d+):.*\n|^(?:processor|cpu number)[\t ]+: (\d+)\n(?:[^\n]+\n)*\n*|^.*\n/gm;

/** Throws if no CPU is named. */
function parse({ bytes }: FileSnapshot): Part[] {
  const text = new TextDecoder('latin1').decode(bytes);
  const parts: Part[] = [];
  for (const match of text.matchAll(UNIT)) {
    const found = pieces(match[0], match.index);
    const cpu = match[1] ?? match[2];
    const last = parts.at(-1);
    if (cpu === undefined) parts.push(found);
    else if (last instanceof Map) last.set(Number(cpu), found);
    else parts.push(new Map([[Number(cpu), found]]));
  }
  if (parts.some((part) => part instanceof Map)) return parts;
  throw new Error('cpuinfo: no block of this format is known');
}

const partsOf = oncePer(parse);

function renderPieces(sample: Sample, found: readonly Piece[], i: number, out: TextWriter): void {
  for (const { from, to, number } of found) {
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
    // A CPU that went offline since has none.
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
