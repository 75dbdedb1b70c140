/**
 * /proc/cpuinfo: the host's blocks of the container's CPUs, renumbered, as one socket.
 * arch/<arch>/kernel/cpu/proc.c, cpuinfo.c, setup-common.c (powerpc), processor.c (s390).
 * @module
 */
import type { FileSnapshot, Sample } from '../sampling/sample.ts';
import { oncePer } from './once.ts';
import { bufferOf, isDigit, type TextWriter } from './text.ts';
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

/** A CPU's line on s390x, the first line of a CPU's block, or any other line. */
const UNIT = /processor (\d+):.*\n|(?:processor|cpu number)[\t ]+: (\d+)\n|.*\n/y;

/** Where a block that begins there ends, with the blank lines behind it. */
function blockEnd(text: string, from: number): number {
  let end = text.indexOf('\n\n', from) + 1 || text.lastIndexOf('\n') + 1;
  while (text[end] === '\n') end++;
  return end;
}

/**
 * Cuts blocks at our numbers. There may be a thousand, alike but for the numbers: what stands before each number is
 * learnt from one block, and looked for in the next.
 */
class Cutter {
  #marks: readonly { readonly before: string; readonly number: Numbering }[] = [];

  cut(block: string, start: number): readonly Piece[] {
    const known = this.#marks.length > 0 ? this.#byMarks(block, start) : null;
    if (known) return known;
    const found = pieces(block, start);
    const marks = found.flatMap(({ to, number }) => {
      const line = block.lastIndexOf('\n', to - start);
      return number ? [{ before: block.slice(Math.max(0, line), to - start), number }] : [];
    });
    // A block with fewer says nothing about the next one.
    if (marks.length > this.#marks.length) this.#marks = marks;
    return found;
  }

  /** Null: this block is another one. */
  #byMarks(block: string, start: number): readonly Piece[] | null {
    const found: Piece[] = [];
    let from = 0;
    for (const { before, number } of this.#marks) {
      const at = block.indexOf(before, from);
      if (at < 0) return null;
      const to = at + before.length;
      found.push({ from: start + from, to: start + to, number });
      from = to;
      while (isDigit(block.charCodeAt(from))) from++;
    }
    found.push({ from: start + from, to: start + block.length, number: null });
    return found;
  }
}

/** Throws if no CPU is named. */
function parse({ bytes }: FileSnapshot): Part[] {
  // TextDecoder takes ten times as long, and there may be megabytes.
  const text = bufferOf(bytes).toString('latin1');
  const cutter = new Cutter();
  const parts: Part[] = [];
  let byCpu: Map<number, readonly Piece[]> | null = null;
  UNIT.lastIndex = 0;
  for (let match = UNIT.exec(text); match; match = UNIT.exec(text)) {
    const { index } = match;
    const [line, ofLine, ofBlock] = match;
    if (ofBlock !== undefined) UNIT.lastIndex = blockEnd(text, index);
    const found =
      ofBlock === undefined
        ? pieces(line, index)
        : cutter.cut(text.slice(index, UNIT.lastIndex), index);
    const cpu = ofLine ?? ofBlock;
    if (cpu === undefined) {
      parts.push(found);
      byCpu = null;
      continue;
    }
    if (!byCpu) {
      byCpu = new Map();
      parts.push(byCpu);
    }
    byCpu.set(Number(cpu), found);
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
