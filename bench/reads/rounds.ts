/** The measurements. Targets take turns within every round, so that noise of the machine affects all of them. */
import { readFileSync } from 'node:fs';
import { parseBusy } from '../harness/server.ts';
import type { Bench, Target } from '../targets/targets.ts';
import type { Mode, Options } from './options.ts';
import type { ReaderJob, ReaderResult } from './reader.ts';

export interface Measurement extends ReaderResult {
  readonly round: number;
  readonly mode: Mode;
  readonly threads: number;
  readonly target: string;
  /** The server's CPU time for each open, read and close, us; NaN: there is no server. */
  readonly serverCpu: number;
  readonly readerCpu: number;
  readonly rss: number;
  /** CPUs that other processes of the machine used meanwhile. */
  readonly otherCpus: number;
}

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN);

function jobOf(target: Target, { seconds, warm, buffer }: Options): ReaderJob {
  const minBytes = Math.ceil(target.bytes / 2);
  return { path: target.path, threads: 1, seconds, warm, buffer, minBytes, cpu: undefined };
}

/** Reads each target for an uncounted second, in which a server compiles and fills its caches. */
async function warmUp({ reader, options }: Bench, targets: readonly Target[]): Promise<void> {
  for (const target of targets)
    await reader.measure({ ...jobOf(target, options), seconds: 0.05, warm: 1 }, () => undefined);
}

async function measure(
  bench: Bench,
  target: Target,
  at: { readonly round: number; readonly mode: Mode; readonly threads: number },
  cpus: { readonly pinned: number; readonly all: readonly number[] },
): Promise<Measurement> {
  const { options, reader, signal } = bench;
  target.server?.check();
  await target.server?.pin(at.mode === 'pinned' ? [cpus.pinned] : cpus.all, signal);
  const job = {
    ...jobOf(target, options),
    threads: at.threads,
    cpu: at.mode === 'pinned' ? cpus.pinned : undefined,
  };
  const sample = (): { server: number; busy: number } => ({
    server: target.server?.cpu() ?? Number.NaN,
    busy: parseBusy(readFileSync('/proc/stat', 'latin1')),
  });
  const { result, before, after } = await reader.measure(job, sample);
  const server = after.server - before.server;
  const others = after.busy - before.busy - (Number.isNaN(server) ? 0 : server) - result.cpu;
  return {
    ...at,
    target: target.name,
    ...result,
    serverCpu: finite(server / result.cats),
    readerCpu: finite(result.cpu / result.cats),
    rss: target.server?.rss() ?? Number.NaN,
    otherCpus: Math.max(0, others / 1e6 / result.seconds),
  };
}

/** Runs all rounds; calls `progress` before each. */
export async function runRounds(
  bench: Bench,
  targets: readonly Target[],
  cpus: { readonly pinned: number; readonly all: readonly number[] },
  progress: (round: number) => void,
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  await warmUp(bench, targets);
  for (let round = 0; round < bench.options.rounds; round++) {
    progress(round);
    const turn = round % targets.length;
    const order = [...targets.slice(turn), ...targets.slice(0, turn)];
    for (const mode of bench.options.modes)
      for (const threads of bench.options.threads)
        for (const target of order)
          measurements.push(await measure(bench, target, { round, mode, threads }, cpus));
  }
  return measurements;
}
