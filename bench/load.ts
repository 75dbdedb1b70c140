/**
 * `npm run bench:load`: CPU time for the load averages of many containers, by procview and by LXCFS -l at the same time.
 * bench/README.md explains the lines.
 * @module
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { interruptSignal, runBenchmark, withCleanup } from './harness/benchmark.ts';
import type { Cleanup } from './harness/cleanup.ts';
import { allowedCpus, describeMachine } from './harness/machine.ts';
import { formatMachine, table } from './harness/report.ts';
import { type Server, type ServerCommand, startServer } from './harness/server.ts';
import { usageOf } from './harness/usage.ts';
import { memory, root } from './reads/run.ts';
import { ContainerPool, type Member } from './scale/containers.ts';
import { formatIdlePage, measureIdlePage } from './scale/idle-page.ts';
import { type LoadResults, type LoadRow, median } from './scale/results.ts';

const { json, ...options } = new Command('npm run bench:load --')
  .description('Measure the CPU time for the load averages of many containers.')
  .option('--containers <n>', 'number of containers', Number, 300)
  .option('--threads <n>', 'sleeping threads in each', Number, 13)
  .option('--busy <n>', 'containers with a busy thread', Number, 50)
  .option('--rounds <n>', 'rounds of 15 s', Number, 5)
  .option('--json <file>', 'write all figures to this file')
  .parse()
  .opts<{ containers: number; threads: number; busy: number; rounds: number; json?: string }>();

/** Both servers count the tasks every 5 s. */
const TICKS = 3;
const ROUND = TICKS * 5_000;

function commands(scratch: string): ServerCommand[] {
  const [ours, theirs] = [join(scratch, 'procview'), join(scratch, 'lxcfs')];
  const serve = ['serve', '--mount', ours, '--state', join(scratch, 'state')];
  const main = join(root, 'dist/src/main.js');
  const lxcfs = ['-f', '-p', join(scratch, 'lxcfs.pid'), '-l', '--enable-cfs', theirs];
  return [
    { name: 'procview', command: process.execPath, args: [main, ...serve], mount: ours },
    { name: 'lxcfs-full', command: 'lxcfs', args: lxcfs, mount: theirs },
  ];
}

/** Sets the lowest CPU weight, so that busy containers do not delay the servers. */
function setLowestWeight({ joins }: Member): void {
  for (const procs of joins) {
    for (const directory of [dirname(procs), dirname(dirname(procs))]) {
      for (const [file, least] of [
        ['cpu.shares', '2'],
        ['cpu.weight', '1'],
      ] as const) {
        const path = join(directory, file);
        if (existsSync(path)) writeFileSync(path, least);
      }
    }
  }
}

/** Starts the containers. Each reads loadavg once, because LXCFS counts only the tasks of containers that have read it. */
async function fill(pool: ContainerPool, files: readonly string[]): Promise<void> {
  const reading = { group: 0, readers: 1, period: 0, seconds: 0, files };
  for (let i = 0; i < options.containers; i++) {
    const isBusy = i >= options.containers - options.busy;
    const shape = { processes: isBusy ? 2 : 1, threads: options.threads, busy: isBusy ? 1 : 0 };
    const member = await pool.start(shape);
    setLowestWeight(member);
    await pool.read({ ...reading, member });
    const { errors } = await pool.result(0);
    if (errors > 0) throw new Error('a container cannot read its loadavg');
  }
}

async function measure(
  servers: readonly (readonly [string, Server])[],
  signal: AbortSignal,
): Promise<LoadRow[]> {
  const rows = servers.map(([server]) => ({ server, ticks: [] as number[] }));
  for (let round = 0; round < options.rounds; round++) {
    const before = servers.map(([, { pid }]) => usageOf(pid).cpu);
    await sleep(ROUND, undefined, { signal });
    for (const [i, [, { pid }]] of servers.entries()) {
      rows[i]?.ticks.push((usageOf(pid).cpu - (before[i] ?? 0)) / TICKS);
    }
  }
  return rows;
}

async function main(signal: AbortSignal, cleanup: Cleanup): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'procview-bench-'));
  cleanup.add(`rm ${scratch}`, () => rmSync(scratch, { recursive: true }));
  const machine = describeMachine(root);
  process.stdout.write(formatMachine(machine, []));
  const before = await measureIdlePage(signal);
  const servers: [string, Server][] = [];
  for (const command of commands(scratch)) {
    servers.push([command.name, await startServer(command, cleanup, signal)]);
  }
  const limits = { memory, cpus: allowedCpus() };
  const pool = await ContainerPool.open(
    root,
    `procview-load-${process.pid}`,
    limits,
    cleanup,
    signal,
  );
  const files = commands(scratch).map(({ mount }) => join(mount, 'proc/loadavg'));
  await fill(pool, files);
  await sleep(15_000, undefined, { signal });
  const rows = await measure(servers, signal);
  const idlePage = [before, await measureIdlePage(signal)];
  const { containers, threads, busy } = options;
  const idle = containers * threads + busy * (threads - 1);
  process.stdout.write(
    `${containers} containers, ${idle} idle threads, ${busy} busy ones; CPU time for each count of all tasks\n`,
  );
  const cells = rows.map(({ server, ticks }) => [
    ...[server, `${(median(ticks) / 1000).toFixed(2)} ms`],
    `${(Math.min(...ticks) / 1000).toFixed(2)}-${(Math.max(...ticks) / 1000).toFixed(2)}`,
  ]);
  process.stdout.write(table(cells));
  process.stdout.write(`access to a page that was idle for 5 s: ${formatIdlePage(idlePage)}\n`);
  const results: LoadResults = { machine, idlePage, options: { containers, idle, busy }, rows };
  if (json) writeFileSync(json, `${JSON.stringify(results)}\n`);
}

const signal = AbortSignal.any([interruptSignal(), AbortSignal.timeout(1800_000)]);
await runBenchmark(() => withCleanup(signal, (cleanup) => main(signal, cleanup)));
