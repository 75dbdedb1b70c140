/**
 * `npm run bench:scale`: what many containers cost the daemon, and what its readers notice of each other.
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
import { apart, interruptible, perform } from './harness/benchmark.ts';
import type { Cleanup } from './harness/cleanup.ts';
import { allowedCpus, describeMachine } from './harness/machine.ts';
import { formatMachine, table } from './harness/report.ts';
import { startServer } from './harness/server.ts';
import { memory, root } from './reads/run.ts';
import { Crowd } from './scale/containers.ts';
import { formatRested, restedPage } from './scale/idle-page.ts';
import {
  growthOf,
  type Heard,
  idleOf,
  median,
  NOISES,
  neighbourOf,
  type ScaleOptions,
  type ScaleResults,
  WHEN,
} from './scale/results.ts';
import { scanCost } from './scale/scan-cost.ts';
import { Many } from './scale/steps.ts';

const { json, ...options } = new Command('npm run bench:scale --')
  .description('Many containers: memory, descriptors, idle CPU, and fairness among readers.')
  .option('--containers <n>', 'how many', Number, 500)
  .option('--processes <n>', 'in each', Number, 20)
  .option('--readers <n>', 'containers that read all files once a second', Number, 50)
  .option('--idle <s>', 'for which nothing happens', Number, 60)
  .option('--seconds <s>', 'of one measurement among readers', Number, 5)
  .option('--rounds <n>', 'of all measurements among readers', Number, 3)
  .option('--storm <n>', 'containers that come and go', Number, 1000)
  .option('--workers <n>', 'serving workers', Number, 1)
  .option('--json <file>', 'write all figures to this file')
  .parse()
  .opts<ScaleOptions & { json?: string }>();

const say = (text: string): void => void process.stdout.write(text);

/** Medians over the rounds; the ratio is that of p99 to the quiet p99 of the same round. */
function formatHeard(results: ScaleResults): string {
  const rows = NOISES.map((noise) => {
    const own = results.heard.filter((one) => one.noise === noise);
    const of = (value: (one: Heard) => number | undefined): string => {
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

type Found = Omit<ScaleResults, 'machine' | 'options' | 'rested'>;

async function measure(many: Many, scanOnce: () => Promise<number>): Promise<Found> {
  await many.settle();
  many.hold(WHEN.none);
  await many.rest(WHEN.none);
  const start = await many.fill();
  many.hold(WHEN.all);
  await many.settleScans();
  await many.rest(WHEN.all);
  const scan = await scanOnce();
  const firstReads = await many.readAll();
  many.hold(WHEN.read);
  const heard: Heard[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const noise of NOISES) heard.push(await many.hear(noise));
  }
  many.hold(WHEN.readers);
  const storm = await many.storm();
  many.hold(WHEN.storm);
  await many.empty();
  many.hold(WHEN.gone);
  const { held, idle } = many;
  return { held, idle, scan, start, firstReads, heard, storm };
}

async function main(signal: AbortSignal, cleanup: Cleanup): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'procview-bench-'));
  cleanup.add(`rm ${scratch}`, () => rmSync(scratch, { recursive: true }));
  const [mount, state] = [join(scratch, 'mount'), join(scratch, 'state')];
  const serve = ['serve', '--mount', mount, '--state', state];
  const args = [join(root, 'dist/src/main.js'), ...serve, '--workers', String(options.workers)];
  const limits = { memory, cpus: allowedCpus() };
  const crowd = await Crowd.open(root, `procview-bench-${process.pid}`, limits, cleanup, signal);
  const machine = describeMachine(root);
  const before = await restedPage(signal);
  const { containers, processes, workers } = options;
  const facts = [
    `run       ${containers} containers of ${processes} processes, ${workers} workers`,
  ];
  say(formatMachine(machine, facts));
  const command = { name: 'procview', command: process.execPath, args, mount };
  const { pid } = await startServer(command, cleanup, signal);
  const renderer = new Renderer(loadConfig(undefined, { mount, state }), 'private');
  const covers = targetsOf(renderer).length;
  const files = servedViews(renderer).map(({ path }) => `/${path}`);
  const many = new Many({ pid, files, covers }, crowd, options, signal);
  const found = await measure(many, () => scanCost(renderer.resolver, signal));
  const rested = [before, await restedPage(signal)];
  const results: ScaleResults = { machine, rested, options, ...found };
  const { attached, read } = growthOf(results);
  say(`${'a scan of all tasks'.padEnd(44)} ${(results.scan / 1000).toFixed(1)} ms, `);
  say(`with its part of ten minutes idle ${idleOf(results).toFixed(3)} % of a CPU\n`);
  say(`${'growth per container'.padEnd(44)} ${attached.toFixed(1)} kB, `);
  say(`having read ${read.toFixed(1)} kB\n\n${formatHeard(results)}`);
  say(`a page that has rested for 5 s: ${formatRested(rested)}\n`);
  if (json) writeFileSync(json, `${JSON.stringify(results)}\n`);
}

const signal = AbortSignal.any([interruptible(), AbortSignal.timeout(1800_000)]);
await perform(() => apart(signal, (cleanup) => main(signal, cleanup)));
