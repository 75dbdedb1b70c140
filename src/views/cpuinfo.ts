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

const NEWLINE = 10;
const ZERO = 48;

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

/** A CPU's line on s390x, or the first line of a CPU's block. */
const OF_CPU = /^processor (\d+):|^(?:processor|cpu number)[\t ]+: (\d+)\n/;

/** Where the line breaks that begin there end. */
function blankEnd(bytes: Buffer, from: number): number {
  let end = from;
  while (bytes[end] === NEWLINE) end++;
  return end;
}

/** Where a block that begins there ends, with the blank lines behind it. */
const blockEnd = (bytes: Buffer, from: number): number =>
  blankEnd(bytes, bytes.indexOf('\n\n', from) + 1 || bytes.lastIndexOf(NEWLINE) + 1);

/** A line, or all lines of a CPU. */
interface Unit {
  /** The host's number of it; null: it belongs to no CPU. */
  readonly cpu: number | null;
  readonly pieces: readonly Piece[];
  readonly end: number;
}

/** What stands before a number of ours, or at the end, and how far that is from the number before. */
interface Mark {
  readonly before: Buffer;
  readonly gap: number;
  readonly number: Numbering | null;
}

/** Other numbers in between may have so many digits more than in the block before, or fewer. */
const WIDER = 8;

function isAt(bytes: Buffer, before: Buffer, at: number): boolean {
  let i = before.length - 1;
  while (i >= 0 && bytes[at + i] === before[i]) i--;
  return i < 0;
}

/** Where it is, about there; -1: nowhere. */
function near(bytes: Buffer, before: Buffer, at: number): number {
  if (isAt(bytes, before, at)) return at;
  const from = Math.max(0, at - WIDER);
  const found = bytes.subarray(from, at + before.length + WIDER).indexOf(before);
  return found < 0 ? -1 : from + found;
}

/** The decimal number that begins there. */
function numberIn(bytes: Buffer, from: number): number {
  let value = 0;
  for (let at = from; isDigit(bytes[at]); at++) value = value * 10 + (bytes[at] ?? 0) - ZERO;
  return value;
}

/** The form of a CPU's block. There may be a thousand, alike but for the numbers. */
class Form {
  #marks: readonly Mark[] = [];

  learn(block: string, found: readonly Piece[]): void {
    // One with fewer says nothing about the next one.
    if (!block.endsWith('\n\n') || found.length < this.#marks.length) return;
    const start = found[0]?.from ?? 0;
    this.#marks = found.map(({ from, to, number }) => {
      const line = block.lastIndexOf('\n', to - start);
      const before = number ? block.slice(Math.max(0, line), to - start) : '\n\n';
      return { before: Buffer.from(before, 'latin1'), gap: to - from, number };
    });
  }

  /** The block that begins there; null: it has another form. */
  unitAt(bytes: Buffer, start: number): Unit | null {
    const [first] = this.#marks;
    if (!first || !isAt(bytes, first.before, start)) return null;
    const found: Piece[] = [];
    let from = start;
    for (const { before, gap, number } of this.#marks) {
      const at = near(bytes, before, from + gap - before.length);
      const to = number ? at + before.length : blankEnd(bytes, at);
      if (at < from || (number && !isDigit(bytes[to]))) return null;
      found.push({ from, to, number });
      from = to;
      while (number && isDigit(bytes[from])) from++;
    }
    return { cpu: numberIn(bytes, found[0]?.to ?? start), pieces: found, end: from };
  }
}

/** The line or block that begins there; null at the end. */
function unitAt(bytes: Buffer, start: number, form: Form): Unit | null {
  const alike = form.unitAt(bytes, start);
  if (alike) return alike;
  const line = bytes.toString('latin1', start, bytes.indexOf(NEWLINE, start) + 1);
  if (line === '') return null;
  const [, ofLine, ofBlock] = OF_CPU.exec(line) ?? [];
  const cpu = ofLine ?? ofBlock;
  const end = ofBlock === undefined ? start + line.length : blockEnd(bytes, start);
  const text = bytes.toString('latin1', start, end);
  const found = pieces(text, start);
  if (ofBlock !== undefined) form.learn(text, found);
  return { cpu: cpu === undefined ? null : Number(cpu), pieces: found, end };
}

/** Throws if no CPU is named. */
function parse({ bytes }: FileSnapshot): Part[] {
  const buffer = bufferOf(bytes);
  const form = new Form();
  const parts: Part[] = [];
  let byCpu: Map<number, readonly Piece[]> | null = null;
  const next = (at: number): Unit | null => unitAt(buffer, at, form);
  for (let unit = next(0); unit; unit = next(unit.end)) {
    if (unit.cpu === null) {
      parts.push(unit.pieces);
      byCpu = null;
      continue;
    }
    if (!byCpu) {
      byCpu = new Map();
      parts.push(byCpu);
    }
    byCpu.set(unit.cpu, unit.pieces);
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
