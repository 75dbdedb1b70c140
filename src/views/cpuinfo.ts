/**
 * /proc/cpuinfo: the host's blocks of the container's CPUs, renumbered, as one socket.
 * arch/<arch>/kernel/cpu/proc.c, cpuinfo.c.
 * @module
 */
import type { FileSnapshot, Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';

/** Lines whose number must fit the container's CPUs: i of n. Everything else is the host's. */
const REWRITTEN: Readonly<Record<string, (i: number, n: number) => number>> = {
  processor: (i) => i,
  'physical id': () => 0,
  siblings: (_, n) => n,
  'core id': (i) => i,
  'cpu cores': (_, n) => n,
  apicid: (i) => i,
  'initial apicid': (i) => i,
};

const origin = (key: string, from: string): Origin => ({ key, v1: from, v2: from });

/** One socket of so many cores. */
const x86 = 'x86: one socket without hyper-threads';

const FIELDS: readonly Origin[] = [
  {
    key: 'processor',
    v1: 'as many as the quota and the cpuset allow; number i stands for the i-th CPU of the cpuset',
    v2: 'the same',
    figure: 'cpus.count',
  },
  { ...origin('physical id', '0'), differs: x86 },
  { ...origin('siblings', 'number of CPUs'), differs: x86 },
  { ...origin('core id', 'number of the CPU'), differs: x86 },
  { ...origin('cpu cores', 'number of CPUs'), differs: x86 },
  { ...origin('apicid', 'number of the CPU'), differs: x86 },
  { ...origin('initial apicid', 'number of the CPU'), differs: x86 },
  origin('*', "the host's, of the CPU that it stands for"),
];

/** A stretch of the host's bytes, then possibly a number of ours. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly number: ((i: number, n: number) => number) | null;
}

interface Parsed {
  /** By the host's CPU number. */
  readonly blocks: ReadonlyMap<number, readonly Piece[]>;
  /** What belongs to no CPU, such as `Hardware` on 32-bit arm, after the blocks. */
  readonly others: readonly Piece[];
}

/** Cuts one block at the numbers that are ours. */
function pieces(text: string, start: number): Piece[] {
  const found: Piece[] = [];
  let from = start;
  for (const match of text.matchAll(/^([a-z ]+?)(\t+: )(\d+)$/gm)) {
    const number = REWRITTEN[match[1] ?? ''];
    if (!number) continue;
    const to = start + match.index + match[0].length - (match[3] ?? '').length;
    found.push({ from, to, number });
    from = start + match.index + match[0].length;
  }
  found.push({ from, to: start + text.length, number: null });
  return found;
}

function parse(snapshot: FileSnapshot): Parsed {
  const text = new TextDecoder('latin1').decode(snapshot.bytes);
  const blocks = new Map<number, readonly Piece[]>();
  const others: Piece[] = [];
  for (const match of text.matchAll(/(?:[^\n]+\n)+\n*/g)) {
    const cpu = /^processor\t+: (\d+)$/m.exec(match[0]);
    if (cpu) blocks.set(Number(cpu[1]), pieces(match[0], match.index));
    else others.push({ from: match.index, to: match.index + match[0].length, number: null });
  }
  return { blocks, others };
}

const parsed = new WeakMap<FileSnapshot, Parsed>();

function parseOnce(snapshot: FileSnapshot): Parsed {
  const known = parsed.get(snapshot) ?? parse(snapshot);
  parsed.set(snapshot, known);
  return known;
}

function render({ host, cpus }: Sample, out: TextWriter): void {
  const { blocks, others } = parseOnce(host.files.cpuinfo);
  const { bytes } = host.files.cpuinfo;
  if (blocks.size === 0) throw new Error('cpuinfo: no block of this format is known');
  const spare = blocks.values().next().value ?? [];
  for (let i = 0; i < cpus.count; i++) {
    for (const { from, to, number } of blocks.get(cpus.set[i] ?? -1) ?? spare) {
      out.raw(bytes, from, to);
      if (number) out.number(number(i, cpus.count));
    }
  }
  for (const { from, to } of others) out.raw(bytes, from, to);
}

export const cpuinfo: View = {
  path: 'proc/cpuinfo',
  needs: ['cpus', 'cpuinfo'],
  fields: FIELDS,
  render,
};
