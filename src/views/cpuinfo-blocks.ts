/**
 * Cuts /proc/cpuinfo at the numbers that have to fit a container's CPUs. arch/<arch>/kernel/cpu/proc.c, cpuinfo.c,
 * setup-common.c (powerpc), processor.c (s390).
 * @module
 */
import type { FileSnapshot } from '../sampling/sample.ts';
import { bufferOf, isDigit } from './text.ts';

/** The number of visible CPU i of n. */
export type Numbering = (i: number, n: number) => number;

const ownNumber: Numbering = (i) => i;
const count: Numbering = (_, n) => n;
const zero: Numbering = () => 0;

const NEWLINE = 10;
const ZERO = 48;

/** Lines whose number is replaced. All other lines are the host's. */
const REWRITTEN: Readonly<Record<string, Numbering>> = {
  processor: ownNumber,
  'core id': ownNumber,
  'physical id': zero,
  siblings: count,
  'cpu cores': count,
  // x86
  apicid: ownNumber,
  'initial apicid': ownNumber,
  // s390x
  '# processors': count,
  'cpu number': ownNumber,
  address: ownNumber,
  'book id': zero,
  'drawer id': zero,
  // riscv64
  hart: ownNumber,
  // loongarch64
  package: zero,
  core: ownNumber,
  global_id: ownNumber,
};

/** A range of the host's bytes, then possibly a replaced number. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly number: Numbering | null;
}

/** A part of the file: lines that belong to no CPU, or the lines of each CPU, by the host's CPU number. */
export type Part = readonly Piece[] | Map<number, readonly Piece[]>;

/** `key : number`, and `processor 0: version = ..` of s390x. */
const NUMBER = /^([a-z_# ]+?)[\t ]+: (\d+)$|^processor (\d+):/dgm;

/** Cuts text at the numbers that are replaced. */
function cutText(text: string, start: number): Piece[] {
  const pieces: Piece[] = [];
  let from = start;
  for (const match of text.matchAll(NUMBER)) {
    const number = REWRITTEN[match[1] ?? 'processor'];
    const [begin, end] = match.indices?.[2] ?? match.indices?.[3] ?? [];
    if (!number || begin === undefined || end === undefined) continue;
    pieces.push({ from, to: start + begin, number });
    from = start + end;
  }
  pieces.push({ from, to: start + text.length, number: null });
  return pieces;
}

/** A CPU's line on s390x, or the first line of a CPU's block. */
const OF_CPU = /^processor (\d+):|^(?:processor|cpu number)[\t ]+: (\d+)\n/;

/** End of the line breaks that begin at `from`. */
function blankEnd(bytes: Buffer, from: number): number {
  let end = from;
  while (bytes[end] === NEWLINE) end++;
  return end;
}

/** End of the block that begins at `from`, with the blank lines behind it. */
const blockEnd = (bytes: Buffer, from: number): number =>
  blankEnd(bytes, bytes.indexOf('\n\n', from) + 1 || bytes.lastIndexOf(NEWLINE) + 1);

/** A line, or all lines of a CPU. */
interface Unit {
  /** The host's number of the CPU; null: the line belongs to no CPU. */
  readonly cpu: number | null;
  readonly pieces: readonly Piece[];
  readonly end: number;
}

/** The text before a replaced number, or before the end of a block. */
interface Mark {
  readonly text: Buffer;
  /** Bytes from the number before to the end of `text`. */
  readonly distance: number;
  readonly number: Numbering | null;
}

/** Other numbers between two marks may have so many digits more or fewer than in the block before. */
const MAX_SHIFT = 8;

function isAt(bytes: Buffer, text: Buffer, at: number): boolean {
  let i = text.length - 1;
  while (i >= 0 && bytes[at + i] === text[i]) i--;
  return i < 0;
}

/** Position of the text within MAX_SHIFT of `at`; -1 if it is not there. */
function near(bytes: Buffer, text: Buffer, at: number): number {
  if (isAt(bytes, text, at)) return at;
  const from = Math.max(0, at - MAX_SHIFT);
  const found = bytes.subarray(from, at + text.length + MAX_SHIFT).indexOf(text);
  return found < 0 ? -1 : from + found;
}

/** The decimal number that begins at `from`. */
function numberAt(bytes: Buffer, from: number): number {
  let value = 0;
  for (let at = from; isDigit(bytes[at]); at++) value = value * 10 + (bytes[at] ?? 0) - ZERO;
  return value;
}

/**
 * The form of a CPU's block. Blocks differ only in their numbers, so that the marks of one block are expected at the
 * same distances in the next. With 64 CPUs this takes a fifth of the time of `cutText`, with 1,024 a tenth.
 */
class BlockForm {
  #marks: readonly Mark[] = [];

  learn(block: string, pieces: readonly Piece[]): void {
    // A block with fewer marks is an exception: later blocks may have all of them.
    if (!block.endsWith('\n\n') || pieces.length < this.#marks.length) return;
    const start = pieces[0]?.from ?? 0;
    this.#marks = pieces.map(({ from, to, number }) => {
      const line = block.lastIndexOf('\n', to - start);
      const text = number ? block.slice(Math.max(0, line), to - start) : '\n\n';
      return { text: Buffer.from(text, 'latin1'), distance: to - from, number };
    });
  }

  /** The block that begins at `start`; null if it has another form. */
  unitAt(bytes: Buffer, start: number): Unit | null {
    const [first] = this.#marks;
    if (!first || !isAt(bytes, first.text, start)) return null;
    const pieces: Piece[] = [];
    let from = start;
    for (const { text, distance, number } of this.#marks) {
      const at = near(bytes, text, from + distance - text.length);
      const to = number ? at + text.length : blankEnd(bytes, at);
      if (at < from || (number && !isDigit(bytes[to]))) return null;
      pieces.push({ from, to, number });
      from = to;
      while (number && isDigit(bytes[from])) from++;
    }
    return { cpu: numberAt(bytes, pieces[0]?.to ?? start), pieces, end: from };
  }
}

/** The line or block that begins at `start`; null at the end. */
function unitAt(bytes: Buffer, start: number, form: BlockForm): Unit | null {
  const alike = form.unitAt(bytes, start);
  if (alike) return alike;
  const line = bytes.toString('latin1', start, bytes.indexOf(NEWLINE, start) + 1);
  if (line === '') return null;
  const [, ofLine, ofBlock] = OF_CPU.exec(line) ?? [];
  const cpu = ofLine ?? ofBlock;
  const end = ofBlock === undefined ? start + line.length : blockEnd(bytes, start);
  const text = bytes.toString('latin1', start, end);
  const pieces = cutText(text, start);
  if (ofBlock !== undefined) form.learn(text, pieces);
  return { cpu: cpu === undefined ? null : Number(cpu), pieces, end };
}

/** Throws if the file names no CPU. */
export function parseCpuinfo({ bytes }: FileSnapshot): Part[] {
  const buffer = bufferOf(bytes);
  const form = new BlockForm();
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
  throw new Error('cpuinfo: unknown format, no block of a CPU was found');
}
