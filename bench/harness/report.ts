/** Formats the tables of the benchmarks. */

import type { Measurement } from '../reads/rounds.ts';
import { type Ratio, type Row, type Spread, spread } from '../reads/summary.ts';
import type { Machine } from './machine.ts';

type Cells = readonly string[];

/** Aligns columns: the first two to the left, numbers to the right. */
export function table(rows: readonly Cells[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: Cells): string =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

function digits(value: number): string {
  if (Number.isNaN(value)) return '-';
  if (value >= 1000) return `${(value / 1000).toFixed(value >= 100_000 ? 0 : 1)}k`;
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

const range = ({ min, max }: Spread): string =>
  Number.isNaN(min) ? '-' : `${digits(min)}-${digits(max)}`;
const readers = (mode: string, threads: number): string =>
  `${mode}, ${threads} reader${threads === 1 ? '' : 's'}`;

export function formatMachine(machine: Machine, facts: Cells): string {
  const { cpu, onlineCpus, architecture, virtual, memoryMiB, kernel, node, commit, date } = machine;
  return [
    `machine   ${cpu}, ${onlineCpus} CPUs, ${architecture}${virtual ? ', virtual' : ''}, ${memoryMiB} MiB`,
    `software  Linux ${kernel}, Node ${node}, commit ${commit}`,
    `date      ${date}, load average ${machine.loadBefore.toFixed(2)} at the start`,
    ...facts,
    '',
  ].join('\n');
}

export function formatRows(rows: readonly Row[]): string {
  const head = ['', 'target', 'cats/s', '(min-max)', 'p50 us', 'p99 us', '(min-max)'];
  const more = ['server us', 'reader us', 'RSS MB', 'errors', 'empty', 'short'];
  const body = rows.map((row) => [
    readers(row.mode, row.threads),
    row.target,
    digits(row.perSecond.median),
    range(row.perSecond),
    digits(row.p50.median),
    digits(row.p99.median),
    range(row.p99),
    digits(row.serverCpu.median),
    digits(row.readerCpu.median),
    digits(row.rss.median / 1e6),
    String(row.errors),
    String(row.empty),
    String(row.short),
  ]);
  return table([[...head, ...more], ...body]);
}

export function formatRatios(ratios: readonly Ratio[]): string {
  const times = (one: Spread): string =>
    Number.isNaN(one.median)
      ? '-'
      : `${one.median.toFixed(2)} (${one.min.toFixed(2)}-${one.max.toFixed(2)})`;
  const body = ratios.map((one) => [
    readers(one.mode, one.threads),
    one.pair,
    times(one.perSecond),
    times(one.p99),
    times(one.serverCpu),
  ]);
  return table([['', 'round by round', 'cats/s', 'p99', 'server CPU'], ...body]);
}

/** CPUs that other processes used: large figures make the table meaningless. */
export function formatNoise(measurements: readonly Measurement[], throttled: number): string {
  const others = spread(measurements.map((one) => one.otherCpus));
  return (
    `noise     other processes used ${digits(others.median)} CPUs (median), ${digits(others.max)} at most; ` +
    `the quota throttled the readers in ${throttled} periods\n`
  );
}
