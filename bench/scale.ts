/**
 * `npm run bench:scale`: memory and CPU time of the daemon with many containers, and how its readers delay each other.
 * bench/README.md explains the lines.
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { targetsOf } from '../src/attach/targets.ts';
import { loadConfig } from '../src/config/load.ts';
import { Renderer } from '../src/serving/renderer.ts';
import { servedViews } from '../src/serving/served-tree.ts';
import { interruptSignal, runBenchmark, withCleanup } from './harness/benchmark.ts';
import type { Cleanup } from './harness/cleanup.ts';
import { allowedCpus, describeMachine } from './harness/machine.ts';
import { formatMachine, table } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { memory, root } from './reads/run.ts';
import { ContainerPool } from './scale/containers.ts';
import { formatIdlePage, measureIdlePage } from './scale/idle-page.ts';
import {
  growthOf,
  idleOf,
  median,
  NOISES,
  type NoiseResult,
  neighbourOf,
  type ScaleOptions,
  type ScaleResults,
  WHEN,
} from './scale/results.ts';
import { scanCost } from './scale/scan-cost.ts';
import { ScaleSteps } from './scale/steps.ts';

const { json, ...options } = new Command('npm run bench:scale --')
  .description('Measure memory, descriptors, idle CPU time and latencies with many containers.')
  .option('--containers <n>', 'number of containers', Number, 500)
  .option('--processes <n>', 'processes in each container', Number, 20)
  .option('--readers <n>', 'containers that read all files once a second', Number, 50)
  .option('--idle <s>', 'duration of the idle measurement', Number, 60)
  .option('--seconds <s>', 'duration of one measurement with readers', Number, 5)
  .option('--rounds <n>', 'rounds of all measurements with readers', Number, 3)
  .option('--storm <n>', 'containers that start and end', Number, 1000)
  .option('--workers <n>', 'serving workers', Number, 1)
  .option('--json <file>', 'write all figures to this file')
  .parse()
  .opts<ScaleOptions & { json?: string }>();

const print = (text: string): void => void process.stdout.write(text);

/** Medians over the rounds; `x quiet` is the ratio of p99 to the quiet p99 of the same round. */
function formatNoiseResults(results: ScaleResults): string {
  const rows = NOISES.map((noise) => {
    const own = results.noiseResults.filter((one) => one.noise === noise);
    const of = (value: (one: NoiseResult) => number | undefined): string => {
      const result = median(own.map((one) => value(one) ?? Number.NaN));
      return Number.isNaN(result) ? '-' : result.toFixed(result < 10 ? 1 : 0);
    };
    const errors = own.reduce((sum, one) => sum + one.probe.errors + (one.readers?.errors ?? 0), 0);
    return [
      noise,
      of((one) => one.probe.p50),
      of((one) => one.probe.p99),
      neighbourOf(results, noise).times.toFixed(1),
      of((one) => one.probe.max),
      of((one) => one.readers?.p50),
      of((one) => one.readers?.p99),
      of(({ hammer }) => (hammer ? hammer.reads / results.options.seconds : undefined)),
      of((one) => one.hammer?.p99),
      of((one) => one.daemon.cpu),
      String(errors),
    ];
  });
  const head = ['meanwhile', 'p50 us', 'p99 us', 'x quiet', 'max us', 'readers p50', 'p99'];
  return table([[...head, 'hammer/s', 'p99', 'daemon %', 'errors'], ...rows]);
}

type Found = Omit<ScaleResults, 'machine' | 'options' | 'idlePage'>;

async function measure(steps: ScaleSteps, scanOnce: () => Promise<number>): Promise<Found> {
  await steps.settle();
  steps.recordFootprint(WHEN.none);
  await steps.measureIdle(WHEN.none);
  const start = await steps.fill();
  steps.recordFootprint(WHEN.all);
  await steps.settleScans();
  await steps.measureIdle(WHEN.all);
  const scan = await scanOnce();
  const firstReads = await steps.readAll();
  steps.recordFootprint(WHEN.read);
  const noiseResults: NoiseResult[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const noise of NOISES) noiseResults.push(await steps.measureUnderNoise(noise));
  }
  steps.recordFootprint(WHEN.readers);
  const storm = await steps.storm();
  steps.recordFootprint(WHEN.storm);
  await steps.empty();
  steps.recordFootprint(WHEN.gone);
  const { footprints, idle } = steps;
  return { footprints, idle, scan, start, firstReads, noiseResults, storm };
}

async function main(signal: AbortSignal, cleanup: Cleanup): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'procview-bench-'));
  cleanup.add(`rm ${scratch}`, () => rmSync(scratch, { recursive: true }));
  const [mount, state] = [join(scratch, 'mount'), join(scratch, 'state')];
  const serve = ['serve', '--mount', mount, '--state', state];
  const args = [join(root, 'dist/src/main.js'), ...serve, '--workers', String(options.workers)];
  const limits = { memory, cpus: allowedCpus() };
  const pool = await ContainerPool.open(
    root,
    `procview-bench-${process.pid}`,
    limits,
    cleanup,
    signal,
  );
  const machine = describeMachine(root);
  const before = await measureIdlePage(signal);
  const { containers, processes, workers } = options;
  const facts = [
    `run       ${containers} containers of ${processes} processes, ${workers} workers`,
  ];
  print(formatMachine(machine, facts));
  const command = { name: 'procview', command: process.execPath, args, mount };
  const { pid } = await startServer(command, cleanup, signal);
  const renderer = new Renderer(loadConfig(undefined, { mount, state }), 'private');
  const covers = targetsOf(renderer).length;
  const files = servedViews(renderer).map(({ path }) => `/${path}`);
  const steps = new ScaleSteps({ pid, files, covers }, pool, options, signal);
  const found = await measure(steps, () => scanCost(renderer.resolver, signal));
  const idlePage = [before, await measureIdlePage(signal)];
  const results: ScaleResults = { machine, idlePage, options, ...found };
  const { attached, read } = growthOf(results);
  print(`${'a scan of all tasks'.padEnd(44)} ${(results.scan / 1000).toFixed(1)} ms, `);
  print(`idle with its part in ten minutes ${idleOf(results).toFixed(3)} % of a CPU\n`);
  print(`${'growth per container'.padEnd(44)} ${attached.toFixed(1)} kB, `);
  print(`after reading ${read.toFixed(1)} kB\n\n${formatNoiseResults(results)}`);
  print(`access to a page that was idle for 5 s: ${formatIdlePage(idlePage)}\n`);
  if (json) writeFileSync(json, `${JSON.stringify(results)}\n`);
}

const signal = AbortSignal.any([interruptSignal(), AbortSignal.timeout(1800_000)]);
await runBenchmark(() => withCleanup(signal, (cleanup) => main(signal, cleanup)));
