/**
 * Pressure stall information: parsed from *.pressure, its totals kept in a ledger record. Pure.
 * Documentation/accounting/psi.rst.
 * @module
 */
import { advanceCounter, COUNTER_SIZE, shownBy } from './counters.ts';

export const pressureResources = ['cpu', 'memory', 'io'] as const;

export type PressureResource = (typeof pressureResources)[number];

const LINES = ['some', 'full'] as const;

export type PressureLine = (typeof LINES)[number];

/** One line of a pressure file. */
export interface PressureFigures {
  /** Per cent of time over 10, 60 and 300 seconds, in hundredths. */
  readonly averages: readonly number[];
  /** Microseconds. */
  readonly total: number;
}

export type PressureSample = {
  readonly [resource in PressureResource]: { readonly [line in PressureLine]: PressureFigures };
};

/** Doubles in a ledger record: the totals, in the order of resources and lines. */
export const PRESSURE_LENGTH = pressureResources.length * LINES.length * COUNTER_SIZE;

/** The figures of a missing line. */
const ABSENT: PressureFigures = { averages: [0, 0, 0], total: Number.NaN };

/** Two decimals as hundredths. */
const hundredths = (decimal: string): number => Number(decimal.replace('.', ''));

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`; null: the text has no such line. */
export function parsePressure(text: string, line: PressureLine): PressureFigures | null {
  const decimal = '(\\d+\\.\\d\\d)';
  const format = `^${line} avg10=${decimal} avg60=${decimal} avg300=${decimal} total=(\\d+)$`;
  const [, ten, sixty, threeHundred, total] = new RegExp(format, 'm').exec(text) ?? [];
  if (!ten || !sixty || !threeHundred) return null;
  return { averages: [ten, sixty, threeHundred].map(hundredths), total: Number(total) };
}

/** Adds the totals of these files, in the order of the resources, to a record; '' stands for a file that is absent. */
export function advancePressure(record: Float64Array, texts: readonly string[], now: number): void {
  const lines = texts.flatMap((text) => LINES.map((line) => parsePressure(text, line) ?? ABSENT));
  for (const [i, { total }] of lines.entries()) advanceCounter(record, i, total, now);
}

/** The averages of these files with the totals of a record. */
export function pressureIn(record: Float64Array, texts: readonly string[]): PressureSample {
  return sampleOf((resource, line) => {
    const { averages } = parsePressure(texts[resource] ?? '', LINES[line] ?? 'some') ?? ABSENT;
    return { averages, total: shownBy(record, resource * LINES.length + line) };
  });
}

/** @param figures returns the figures of a line; both parameters are indices */
function sampleOf(figures: (resource: number, line: number) => PressureFigures): PressureSample {
  const lines = (resource: number) => LINES.map((line, i) => [line, figures(resource, i)]);
  const all = pressureResources.map((resource, i) => [resource, Object.fromEntries(lines(i))]);
  return Object.fromEntries(all) as PressureSample;
}

/** The figures of a container without pressure files. */
export const noPressure: PressureSample = sampleOf(() => ({ averages: [0, 0, 0], total: 0 }));
