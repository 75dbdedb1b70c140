/**
 * Compares each figure of the machine with that of the container, and formats the table.
 * @module
 */
import type { Dump } from './dump.ts';
import type { Figure } from './figure.ts';

/** Largest difference, as a fraction of the whole. */
const TOLERANCE = 0.02;

export interface Row {
  readonly name: string;
  readonly machine: number;
  readonly container: number;
  /** Difference in percent of the machine's figure, or of the whole named by `of`. */
  readonly percent: number;
  readonly of: string;
  readonly within: boolean;
}

export function compare(figure: Figure, machine: Dump, container: Dump): Row {
  const [expected, shown] = [figure.measure(machine), figure.measure(container)];
  const whole = figure.whole?.size(machine) ?? Math.abs(expected);
  const difference = Math.abs(shown - expected);
  return {
    name: `${figure.part}: ${figure.file} ${figure.keys}`,
    machine: expected,
    container: shown,
    percent: difference === 0 ? 0 : (100 * (shown - expected)) / whole,
    of: figure.whole?.name ?? '',
    within: difference <= TOLERANCE * whole,
  };
}

const short = (value: number): string => String(Math.round(value * 100) / 100);

/** Lines of a table with right-aligned numbers. */
export function table(rows: readonly Row[]): string[] {
  const cells = [
    ['figure', 'machine', 'container', 'difference'],
    ...rows.map(({ name, machine, container, percent, of }) => [
      name,
      short(machine),
      short(container),
      `${percent.toFixed(2)} %${of && ` of ${of}`}`,
    ]),
  ];
  const widths = [0, 1, 2].map((i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  return cells.map(([name = '', ...others]) => {
    const [machine = '', container = '', difference = ''] = others;
    const numbers = `${machine.padStart(widths[1] ?? 0)}  ${container.padStart(widths[2] ?? 0)}`;
    return `${name.padEnd(widths[0] ?? 0)}  ${numbers}  ${difference}`;
  });
}
