/**
 * Tables with a column for each CPU, /proc/interrupts and /proc/softirqs: the host's, with as many columns as the
 * container has CPUs. Column i is always the host's column i, so that no number runs backwards when the cpuset of
 * the container changes. kernel/irq/proc.c, fs/proc/softirqs.c.
 * @module
 */
import type { FileSnapshot } from '../sampling/sample.ts';
import { oncePer } from './once.ts';
import { bufferOf, isDigit, type TextWriter } from './text.ts';

const NEWLINE = 10;
const BLANK = 32;
const COLON = 58;

/** Column titles are `CPU%-8d`. */
const TITLE = 11;

/** A line below the header. `ERR` and `MIS` have one number, which belongs to no CPU. */
interface Row {
  readonly from: number;
  /** After the colon, before the first CPU's number; null: the line has no number for each CPU. */
  readonly numbers: number | null;
  /** After the last CPU's number. */
  readonly rest: number;
  /** After the newline. */
  readonly to: number;
}

interface Table {
  /** Blanks before the first title. */
  readonly indent: number;
  /** Columns. */
  readonly cpus: number;
  readonly rows: readonly Row[];
}

/** A column is a blank and a number of at most 10 digits, aligned to the right. */
const WIDTH = 11;

/**
 * End of the first `count` columns: by their usual width, or number by number if one is wider; null if there are
 * fewer.
 */
function afterColumns(bytes: Uint8Array, from: number, to: number, count: number): number | null {
  const end = from + count * WIDTH;
  const asPrinted = end < to && count > 0 && isDigit(bytes[end - 1]) && !isDigit(bytes[end]);
  return asPrinted ? end : afterNumbers(bytes, from, count);
}

/** End of the first `count` blank-separated numbers; null if there are fewer. */
function afterNumbers(bytes: Uint8Array, from: number, count: number): number | null {
  let at = from;
  for (let number = 0; number < count; number++) {
    while (bytes[at] === BLANK) at++;
    if (!isDigit(bytes[at])) return null;
    while (isDigit(bytes[at])) at++;
  }
  return at;
}

function row(bytes: Uint8Array, from: number, to: number, cpus: number): Row {
  const colon = bytes.indexOf(COLON, from);
  const numbers = colon >= 0 && colon < to ? colon + 1 : null;
  const rest = numbers === null ? null : afterColumns(bytes, numbers, to, cpus);
  return { from, numbers: rest === null ? null : numbers, rest: rest ?? to, to };
}

/** Throws if the first line has no CPU titles. */
function parse({ bytes }: FileSnapshot): Table {
  const end = bytes.indexOf(NEWLINE);
  const header = new TextDecoder('latin1').decode(bytes.subarray(0, Math.max(0, end)));
  const cpus = header.match(/CPU\d+/g)?.length ?? 0;
  if (cpus === 0) throw new Error('unknown format: no header with CPUs');
  const rows: Row[] = [];
  // 22 MB on a machine with 1,024 CPUs: Buffer's search is ten times as fast as Uint8Array's.
  const lines = bufferOf(bytes);
  for (let from = end + 1; from < bytes.length; ) {
    const newline = lines.indexOf(NEWLINE, from);
    const to = newline < 0 ? bytes.length : newline + 1;
    rows.push(row(bytes, from, to, cpus));
    from = to;
  }
  return { indent: header.indexOf('CPU'), cpus, rows };
}

const tableOf = oncePer(parse);

/** Writes the header and all lines, with the first `count` columns. */
export function renderColumns(snapshot: FileSnapshot, count: number, out: TextWriter): void {
  const { indent, cpus, rows } = tableOf(snapshot);
  const { bytes } = snapshot;
  // The file has fewer columns for a moment when CPUs of the host go offline.
  const shown = Math.min(count, cpus);
  out.text(' '.repeat(indent));
  for (let cpu = 0; cpu < shown; cpu++) out.text(`CPU${cpu}`.padEnd(TITLE));
  out.text('\n');
  for (const { from, numbers, rest, to } of rows) {
    const end = numbers === null ? to : (afterColumns(bytes, numbers, to, shown) ?? rest);
    out.raw(bytes, from, end);
    if (numbers !== null) out.raw(bytes, rest, to);
  }
}
