/**
 * Parsers of the files in the workload's output.
 * @module
 */
import { parseCpuList } from '../../../src/sampling/cpu-list.ts';
import { cpuTicks } from '../../e2e/helpers/proc-text.ts';
import { fileAt, type Point } from './dump.ts';

/** The lines of meminfo or vmstat: key and number. */
export function lines(point: Point, path: string): Map<string, number> {
  const found = fileAt(point, path).matchAll(/^(\S+?):? +(\d+)( kB)?$/gm);
  return new Map([...found].map(([, key = '', number]) => [key, Number(number)]));
}

/** Sum of some lines of meminfo or vmstat: `Dirty+Writeback`. */
export function lineSum(point: Point, path: string, keys: string): number {
  const all = lines(point, path);
  return keys.split('+').reduce((sum, key) => sum + (all.get(key) ?? Number.NaN), 0);
}

/** Columns of the `cpu` line of stat: user, nice, system, idle, iowait, irq, softirq, steal. */
export function cpuColumns(point: Point): readonly number[] {
  return cpuTicks(fileAt(point, '/proc/stat'))[0]?.columns.slice(0, 8) ?? [];
}

/** A column of diskstats for the disk that the workload writes to. */
export function diskColumn(point: Point, column: number): number {
  const rows = fileAt(point, '/proc/diskstats').split('\n');
  const words = rows.map((row) => row.trim().split(/ +/));
  return Number(words.find(([, , name]) => name === 'vdb')?.[column] ?? 0);
}

/** Number of matches in a file. */
export function count(point: Point, path: string, line: RegExp): number {
  return fileAt(point, path).match(line)?.length ?? 0;
}

/** Number of CPUs in a file that is a list, such as `0-3,7`. */
export function cpusIn(point: Point, path: string): number {
  return parseCpuList(fileAt(point, path))?.length ?? Number.NaN;
}
