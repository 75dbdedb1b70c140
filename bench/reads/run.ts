/** One run: measures every target with one file. */
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '../harness/cleanup.ts';
import { type Container, createContainer } from '../harness/container.ts';
import { allowedCpus } from '../harness/machine.ts';
import { type Bench, openTargets, type Skipped, type Target } from '../targets/targets.ts';
import type { Options } from './options.ts';
import { Reader } from './reader.ts';
import { type Measurement, runRounds } from './rounds.ts';

/** Directory of the checkout. */
export const root = join(import.meta.dirname, '../../..');

/** Memory limit of the container, bytes. */
export const memory = 256 * 1024 ** 2;

export interface Prepared {
  readonly bench: Bench;
  readonly container: Container;
  readonly cpus: readonly number[];
}

function scratchDirectory(cleanup: Cleanup): string {
  const scratch = mkdtempSync(join(tmpdir(), 'procview-bench-'));
  // Mount points have their own cleanup: a recursive removal must never enter a mount that still exists.
  cleanup.add(`rm ${scratch}`, () => {
    for (const name of ['body', 'state', 'lxcfs.pid', 'lxcfs-full.pid'])
      rmSync(join(scratch, name), { recursive: true, force: true });
    rmdirSync(scratch);
  });
  return scratch;
}

let containers = 0;

/** Starts a container and builds its reader. */
export async function prepare(
  options: Options,
  cleanup: Cleanup,
  signal: AbortSignal,
): Promise<Prepared> {
  const cpus = allowedCpus().slice(0, options.cpus);
  const scratch = scratchDirectory(cleanup);
  const name = `procview-bench-${process.pid}-${containers++}`;
  const container = await createContainer(name, options.depth, { memory, cpus }, cleanup);
  const reader = await Reader.build(root, container, signal);
  const bench = { root, scratch, options, reader, memory, cleanup, signal };
  return { bench, container, cpus };
}

export interface Run {
  readonly targets: readonly Target[];
  readonly skipped: readonly Skipped[];
  readonly measurements: readonly Measurement[];
}

/**
 * Measures all targets.
 * @param begin is called before the measurements, with the targets
 * @param progress is called before each round, with the number of finished rounds and the estimated remaining seconds
 */
export async function run(
  { bench, cpus }: Prepared,
  begin: (targets: readonly Target[], skipped: readonly Skipped[]) => void,
  progress: (done: number, left: number) => void,
): Promise<Run> {
  const { options } = bench;
  const { targets, skipped } = await openTargets(bench);
  begin(targets, skipped);
  const combinations = targets.length * options.modes.length * options.threads.length;
  const round = combinations * (options.seconds + options.warm + 0.1);
  const places = { pinned: cpus.at(-1) ?? 0, all: allowedCpus() };
  const measurements = await runRounds(bench, targets, places, (done) =>
    progress(done, Math.ceil((options.rounds - done) * round)),
  );
  return { targets, skipped, measurements };
}

/** One line for each measurement in which a read failed. */
export function failuresIn(measurements: readonly Measurement[]): string[] {
  return measurements
    .filter((one) => one.errors + one.empty + one.short > 0)
    .map(
      ({ target, mode, threads, round, errors, error, empty, short }) =>
        `${target}, ${mode}, ${threads} readers, round ${round}: ${errors} errors ${error}, ${empty} empty, ${short} short`,
    );
}
