/** System calls of a server for each open + read to EOF + close, counted by strace. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { start } from './child.ts';
import { pathOf } from './options.ts';
import type { Bench, Target } from './targets.ts';

/** Enough to make what a server does every few milliseconds, slowed down by strace, part of the figure. */
const READS = 1000;

/** The sum of a table of `strace -c`. Throws if there is none. */
export function totalCalls(table: string): number {
  const total = /^\s*100\.00\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?total$/m.exec(table)?.[1];
  if (total === undefined)
    throw new Error(`strace: no table in ${JSON.stringify(table.slice(-200))}`);
  return Number(total);
}

/** Waits for strace to say that it has attached to every thread. */
async function attached(output: () => string, running: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 5000; !/attached/.test(output()); ) {
    if (!running() || performance.now() > deadline)
      throw new Error(`strace does not attach: ${output() || 'is it installed?'}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What the file takes, read from the benchmark's container. */
export async function syscallsPerRead(bench: Bench, target: Target, file: string): Promise<number> {
  if (!target.server) return Number.NaN;
  const mount = target.path.slice(0, -pathOf(bench.options.file).length);
  const output = join(bench.scratch, 'strace');
  const args = ['-c', '-f', '-o', output, '-p', String(target.server.pid)];
  const job = { path: join(mount, pathOf(file)), threads: 1, seconds: 0.1, warm: 0, buffer: 8192 };
  const warm = { ...job, minBytes: 1, cpu: undefined };
  await bench.reader.measure(warm, () => undefined);
  const strace = start('strace', args, bench.signal);
  await attached(strace.errors, strace.running);
  const counted = { ...warm, warm: -1, seconds: 20, iterations: READS };
  const { result } = await bench.reader.measure(counted, () => undefined);
  strace.kill('SIGINT');
  await strace.ended();
  const calls = totalCalls(readFileSync(output, 'latin1'));
  rmSync(output);
  if (result.cats !== READS) throw new Error(`${target.name}, ${file}: ${result.error || 'empty'}`);
  return calls / READS;
}
