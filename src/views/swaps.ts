/**
 * /proc/swaps: the host's header, and one line where the container may swap. mm/swapfile.c (swap_show).
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';

const NEWLINE = 10;

/** From so many kB on, a number needs no second tab behind it (5.11). */
const WIDE = 10_000_000;

// No area of the host's: a program that swaps off whatever it finds here must not find that.
const NAME = 'none';
const TYPE = 'virtual';

const area = 'one area: Size is SwapTotal of meminfo, Used is SwapTotal - SwapFree, kB';

const FIELDS: readonly Origin[] = [
  { key: 'Filename', v1: "the host's header", v2: 'the same' },
  {
    key: NAME,
    v1: area,
    v2: area,
    absent: 'no line where SwapTotal is 0',
    differs: "the host's areas are one, without a name, type or priority",
  },
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
