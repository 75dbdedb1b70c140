/**
 * System calls of a server for each open, read to EOF and close. strace stops the server at each call, so that reads which
 * it repeats only after a millisecond happen at every request; perf counts at full speed.
 * @module
 */
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, start } from '../harness/child.ts';
import type { Bench, Target } from '../targets/targets.ts';
import { pathOf } from './options.ts';

/** Reads of each file: enough to include calls that a server makes every few milliseconds. */
const READS = 2000;

/** The total of a table of `strace -c`. Throws if there is none. */
export function totalCalls(table: string): number {
  const total = /^\s*100\.00\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?total$/m.exec(table)?.[1];
  if (total === undefined)
    throw new Error(`strace: no table in ${JSON.stringify(table.slice(-200))}`);
  return Number(total);
}

/** Waits until strace reports that it has attached to every thread. */
async function attached(output: () => string, running: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 5000; !/attached/.test(output()); ) {
    if (!running() || performance.now() > deadline)
      throw new Error(`strace does not attach: ${output() || 'is it installed?'}`);
    await sleep(20);
  }
}

/** The count of one line of `perf stat -x,`: value, unit, event. Throws if there is none. */
export function countedCalls(text: string): number {
  const count = /^(\d+),[^,]*,raw_syscalls:sys_enter/m.exec(text)?.[1];
  if (count === undefined) throw new Error(`perf: no count in ${JSON.stringify(text.slice(-200))}`);
  return Number(count);
}

/** Waits until perf counts every thread of the server: it opens an event for each. */
async function counting(perf: Child, server: number): Promise<void> {
  const events = (): number =>
    readdirSync(`/proc/${perf.pid}/fd`).filter((fd) =>
      readlinkSync(`/proc/${perf.pid}/fd/${fd}`).includes('perf_event'),
    ).length;
  for (const deadline = performance.now() + 5000; ; ) {
    await sleep(50);
    if (!perf.running() || performance.now() > deadline)
      throw new Error(`perf does not count: ${perf.errors() || 'is it installed?'}`);
    try {
      if (events() >= readdirSync(`/proc/${server}/task`).length) return;
    } catch {
      // A descriptor that perf has just closed.
    }
  }
}

type Counter = (bench: Bench, server: number, read: () => Promise<void>) => Promise<number>;

/** Reads, then ends the counter by SIGINT, also if the reads fail. */
async function during(counter: Child, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } finally {
    counter.kill('SIGINT');
    await counter.ended();
  }
}

const byPerf: Counter = async ({ signal }, server, read) => {
  const args = ['stat', '-x,', '-e', 'raw_syscalls:sys_enter', '-p', String(server)];
  const perf = start('perf', args, signal);
  await during(perf, async () => {
    await counting(perf, server);
    await read();
  });
  return countedCalls(perf.errors());
};

const byStrace: Counter = async ({ scratch, signal }, server, read) => {
  const output = join(scratch, 'strace');
  const strace = start('strace', ['-c', '-f', '-o', output, '-p', String(server)], signal);
  try {
    await during(strace, async () => {
      await attached(strace.errors, strace.running);
      await read();
    });
    return totalCalls(readFileSync(output, 'latin1'));
  } finally {
    rmSync(output, { force: true });
  }
};

const COUNTERS = { perf: byPerf, strace: byStrace };

export interface CallsOf {
  readonly file: string;
  readonly by: keyof typeof COUNTERS;
  /** CPUs of server and reader; both are pinned if it is one. */
  readonly cpus: readonly number[];
  /** Number of reads. */
  readonly reads?: number;
}

/** System calls for each read of a file from the benchmark's container. NaN: the target has no server. */
export async function syscallsPerRead(
  bench: Bench,
  target: Target,
  { file, by, cpus, reads = READS }: CallsOf,
): Promise<number> {
  if (!target.server) return Number.NaN;
  const mount = target.path.slice(0, -pathOf(bench.options.file).length);
  const job = { path: join(mount, pathOf(file)), threads: 1, seconds: 0.1, warm: 0, buffer: 8192 };
  const warm = { ...job, minBytes: 1, cpu: cpus.length === 1 ? cpus[0] : undefined };
  await target.server.pin(cpus, bench.signal);
  await bench.reader.measure(warm, () => undefined);
  const counted = { ...warm, warm: -1, seconds: 120, iterations: reads };
  const calls = await COUNTERS[by](bench, target.server.pid, async () => {
    const { result } = await bench.reader.measure(counted, () => undefined);
    if (result.cats !== reads)
      throw new Error(`${target.name}, ${file}: ${result.error || 'empty'}`);
  });
  return calls / reads;
}
