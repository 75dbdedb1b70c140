/**
 * `npm run bench:full`: all files with 1, 4 and 16 readers, and start, memory and system calls of the servers; as tables
 * and JSON. bench/README.md explains the rows.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import {
  DEPTHS,
  FILES,
  interruptSignal,
  runBenchmark,
  SERVERS,
  sixDigits,
  withCleanup,
} from './harness/benchmark.ts';
import type { Cleanup } from './harness/cleanup.ts';
import { useDisk } from './harness/disk.ts';
import { describeMachine } from './harness/machine.ts';
import { formatNoise, formatRatios, formatRows } from './harness/report.ts';
import { type ColdStart, coldStart } from './reads/cold-start.ts';
import { countCalls } from './reads/count-calls.ts';
import { firstReads } from './reads/first-read.ts';
import { type Options, parseOptions } from './reads/options.ts';
import type { FileResult, Results } from './reads/results.ts';
import { failuresIn, prepare, root, run } from './reads/run.ts';
import { ratiosOf, spread, summarize } from './reads/summary.ts';
import { commandOf, openTargets } from './targets/targets.ts';

const STARTS = 9;
const NEW_CONTAINERS = 20;

const print = (text: string): void => void process.stdout.write(text);
const printProgress = (text: string): void => void process.stderr.write(text);

const chosen = new Command('npm run bench:full --')
  .description('Run all measurements of bench/README.md; takes about 20 minutes.')
  .option('--rounds <n>', 'rounds over all targets', '5')
  .option('--seconds <s>', 'counted time of one measurement', '0.4')
  .option('--files <list>', 'comma-separated files', FILES.join())
  .option('--json <file>', 'file for the results', join(root, 'bench', 'results.json'))
  .parse()
  .opts<{ rounds: string; seconds: string; files: string; json: string }>();
const files = chosen.files.split(',');

const optionsFor = (file: string, depth = 2): Options => ({
  ...parseOptions(['--rounds', chosen.rounds, '--seconds', chosen.seconds, '--warm', '0.1']),
  ...{ file, depth, targets: ['host', 'fuse-native', ...SERVERS], threads: [1, 4, 16] },
});

async function measureFile(
  file: string,
  signal: AbortSignal,
  cleanup: Cleanup,
): Promise<FileResult> {
  const prepared = await prepare(optionsFor(file), cleanup, signal);
  if (file === 'diskstats') await useDisk(prepared.container, signal);
  const { skipped, measurements, targets } = await run(
    prepared,
    () => printProgress(`${file}: `),
    (_, left) => printProgress(`${left} s `),
  );
  printProgress('\n');
  for (const failure of failuresIn(measurements)) {
    printProgress(`FAILED: ${file}: ${failure}\n`);
    process.exitCode = 1;
  }
  const rows = summarize(measurements);
  const ratios = ratiosOf(measurements);
  const throttled = prepared.container.cgroup.throttled();
  print(`\n${file}\n${formatNoise(measurements, throttled)}${formatRows(rows)}\n`);
  print(`${formatRatios(ratios)}\n`);
  const noise = spread(measurements.map(({ otherCpus }) => otherCpus));
  return { file, bytes: targets.at(0)?.bytes ?? 0, rows, ratios, skipped, throttled, noise };
}

async function measureStarts(signal: AbortSignal, cleanup: Cleanup): Promise<Results['starts']> {
  const { bench } = await prepare(optionsFor('meminfo'), cleanup, signal);
  writeFileSync(join(bench.scratch, 'body'), 'MemTotal: 1 kB\n');
  const found = new Map<string, ColdStart[]>(SERVERS.map((name) => [name, []]));
  for (let i = 0; i < STARTS; i++) {
    for (const name of SERVERS)
      found.get(name)?.push(await coldStart(bench, commandOf(bench, name)));
  }
  return [...found].map(([target, all]) => ({
    target,
    firstAnswer: spread(all.map(({ firstAnswer }) => firstAnswer)),
    rss: spread(all.map(({ rss }) => rss)),
  }));
}

async function measureFirst(signal: AbortSignal, cleanup: Cleanup): Promise<Results['firstReads']> {
  const { bench } = await prepare(optionsFor('meminfo'), cleanup, signal);
  const { targets } = await openTargets(bench);
  const served = targets.filter(({ server }) => server);
  const times = await firstReads(bench, served, 'meminfo', NEW_CONTAINERS);
  return [...times].map(([target, us]) => ({ target, us: spread(us) }));
}

async function main(): Promise<void> {
  const signal = interruptSignal();
  if (process.getuid?.() !== 0) throw new Error('needs root: it makes cgroups and mounts');
  const machine = describeMachine(root);
  const starts = await withCleanup(signal, (cleanup) => measureStarts(signal, cleanup));
  const first = await withCleanup(signal, (cleanup) => measureFirst(signal, cleanup));
  const measured: FileResult[] = [];
  for (const file of files)
    measured.push(await withCleanup(signal, (cleanup) => measureFile(file, signal, cleanup)));
  const syscalls: Results['syscalls'][number][] = [];
  for (const depth of DEPTHS)
    syscalls.push(
      ...(await withCleanup(signal, (cleanup) =>
        countCalls({ options: optionsFor('meminfo', depth), files }, signal, cleanup),
      )),
    );
  const { rounds, seconds } = chosen;
  const run = { rounds: Number(rounds), seconds: Number(seconds) };
  const results: Results = { machine, run, files: measured, syscalls, starts, firstReads: first };
  writeFileSync(chosen.json, `${JSON.stringify(results, sixDigits)}\n`);
  print(`wrote the results to ${chosen.json}\n`);
}

await runBenchmark(main);
