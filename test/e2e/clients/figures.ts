/**
 * The figures that programs show of a machine, and what they must be in a container.
 * @module
 */
import type { Inside } from '../helpers/container.ts';
import { kilobytes } from '../helpers/proc-text.ts';
import { MiB } from '../helpers/suite.ts';

/** Bytes, CPUs, tasks and seconds. */
export type Figure = 'total' | 'free' | 'cpus' | 'load' | 'uptime';

/** How a figure stands in a program's output. */
export interface Shown {
  /** NaN = it is not there. */
  readonly of: (text: string) => number;
  /** What the last digit is worth. */
  readonly unit: number;
}

/** The first group of a pattern, in units of so many bytes or seconds. */
export const number = (pattern: RegExp, unit = 1): Shown => ({
  of: (text) => Number(pattern.exec(text)?.[1] ?? Number.NaN) * unit,
  unit,
});

/** How often a pattern occurs. */
export const count = (pattern: RegExp): Shown => ({
  of: (text) => [...text.matchAll(pattern)].length,
  unit: 1,
});

/** A line `name=figure`, as our own scripts print it. */
export const named = (name: string): Shown => number(new RegExp(`^${name}=(.+)$`, 'm'));

/** How far a figure may be off: a program needs memory itself, and load may fall and rise while it runs. */
const TOLERANCE: Record<Figure, number> = {
  total: 0,
  free: 96 * MiB,
  cpus: 0,
  load: 0.1,
  uptime: 1,
};

export type Truth = Record<Figure, number>;

/** The container's limits, and what the files say of the rest. */
export async function truth(
  inside: Inside,
  limits: { readonly memory: number; readonly quota: number },
): Promise<Truth> {
  return {
    total: limits.memory,
    free: kilobytes(await inside.read('/proc/meminfo'), 'MemFree') * 1024,
    cpus: limits.quota,
    load: Number.parseFloat(await inside.read('/proc/loadavg')),
    uptime: Number.parseFloat(await inside.read('/proc/uptime')),
  };
}

/** Whether a figure is what the files said before and after the program ran, or between. */
export function agrees(
  figure: Figure,
  { value, unit }: { value: number; unit: number },
  before: Truth,
  after: Truth,
): boolean {
  const slack = Math.max(TOLERANCE[figure], unit > 1 ? unit : 0);
  const low = Math.min(before[figure], after[figure]);
  const high = Math.max(before[figure], after[figure]);
  return value >= low - slack && value <= high + slack;
}
