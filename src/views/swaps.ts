/**
 * /proc/swaps: the host's header, and one line if the container may swap. mm/swapfile.c (swap_show).
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';

const NEWLINE = 10;

/** Numbers from this one on have one tab behind them, smaller ones have two (since 5.11). */
const WIDE = 10_000_000;

/** The column-th word of the lines below the header. */
const at = (column: number): RegExp => new RegExp(`\\n(?:\\S+\\s+){${column}}(\\S+)`);

const same = (key: string, column: number, from: string): Origin => {
  return { key, at: at(column), v1: from, v2: from };
};

// Not an area of the host: a program that calls swapoff for each line must not find one.
const NAME = 'none';
const TYPE = 'virtual';

const FIELDS: readonly Origin[] = [
  { ...same('Filename', 0, NAME), differs: 'all areas are one area without a name' },
  { ...same('Type', 1, TYPE), differs: 'neither partition nor file' },
  { ...same('Size', 2, 'SwapTotal of meminfo; no line if it is 0'), unit: 'kB' },
  { ...same('Used', 3, 'SwapTotal - SwapFree of meminfo'), unit: 'kB' },
  same('Priority', 4, '0'),
];

function column(kB: number, isWide: boolean, out: TextWriter): void {
  out.number(kB);
  out.text(isWide && kB < WIDE ? '\t\t' : '\t');
}

function render({ host, memory }: Sample, out: TextWriter): void {
  const { bytes } = host.files.swaps;
  const header = bytes.subarray(0, bytes.indexOf(NEWLINE) + 1);
  out.raw(header);
  if (memory.swapTotal <= 0) return;
  const isWide = String.fromCharCode(...header).includes('Size\t\tUsed\t\t');
  out.text(`${NAME.padEnd(40)}${TYPE}\t\t`);
  column(memory.swapTotal, isWide, out);
  column(memory.swapTotal - memory.swapFree, isWide, out);
  out.text('0\n');
}

export const swaps: View = {
  path: 'proc/swaps',
  needs: ['memory', 'swaps'],
  fields: FIELDS,
  render,
};
