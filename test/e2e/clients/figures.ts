/**
 * The figures of a machine that programs print, and the values that they must have in a container.
 * @module
 */
import type { InsideReader } from '../helpers/container.ts';
import { kilobytes } from '../helpers/proc-text.ts';
import { MiB } from '../helpers/suite.ts';

/** Units: bytes, CPUs, tasks and seconds. */
export type Figure = 'total' | 'free' | 'cpus' | 'load' | 'uptime';

/** How to read a figure from a program's output. */
export interface Shown {
  /** NaN: the output does not have it. */
  readonly of: (text: string) => number;
  /** Value of the last digit. */
  readonly unit: number;
}

/** The first group of a pattern, in units of so many bytes or seconds. */
export const number = (pattern: RegExp, unit = 1): Shown => ({
  of: (text) => Number(pattern.exec(text)?.[1] ?? Number.NaN) * unit,
  unit,
});

/** Number of matches of a pattern. */
export const count = (pattern: RegExp): Shown => ({
  of: (text) => [...text.matchAll(pattern)].length,
  unit: 1,
});

/** A line `name=figure`, which the scripts of programs.ts print. */
export const named = (name: string): Shown => number(new RegExp(`^${name}=(.+)$`, 'm'));

/** Largest difference: the program itself uses memory, and the load may change while it runs. */
const TOLERANCE: Record<Figure, number> = {
  total: 0,
  free: 96 * MiB,
  cpus: 0,
  load: 0.1,
  uptime: 1,
};

export type Expected = Record<Figure, number>;

/** The container's limits, and the other figures from its files. */
export async function expectedFigures(
  inside: InsideReader,
  limits: { readonly memory: number; readonly quota: number },
): Promise<Expected> {
  return {
    total: limits.memory,
    free: kilobytes(await inside.read('/proc/meminfo'), 'MemFree') * 1024,
    cpus: limits.quota,
    load: Number.parseFloat(await inside.read('/proc/loadavg')),
    uptime: Number.parseFloat(await inside.read('/proc/uptime')),
  };
}

/** Whether a figure lies between the values of the files before and after the program ran. */
export function agrees(
  figure: Figure,
  { value, unit }: { value: number; unit: number },
  before: Expected,
  after: Expected,
): boolean {
  const slack = Math.max(TOLERANCE[figure], unit > 1 ? unit : 0);
  const low = Math.min(before[figure], after[figure]);
  const high = Math.max(before[figure], after[figure]);
  return value >= low - slack && value <= high + slack;
}
