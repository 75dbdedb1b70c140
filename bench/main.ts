/**
 * `npm run bench`: how fast a process in a container reads one file of /proc from the kernel, from procview, from a
 * constant FUSE file (the floor) and from LXCFS. bench/README.md explains the rows.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { interruptSignal, runBenchmark, withCleanup } from './harness/benchmark.ts';
import type { Cleanup } from './harness/cleanup.ts';
import { describeMachine } from './harness/machine.ts';
import { formatMachine, formatNoise, formatRatios, formatRows } from './harness/report.ts';
import { type Options, parseOptions, pathOf } from './reads/options.ts';
import { failuresIn, memory, prepare, root, run } from './reads/run.ts';
import { ratiosOf, summarize } from './reads/summary.ts';
import type { Skipped, Target } from './targets/targets.ts';

const print = (text: string): void => void process.stdout.write(text);
const printProgress = (text: string): void => void process.stderr.write(text);

function describeTarget({ name, version, bytes, server }: Target): string {
  const threads = server === undefined ? '' : `, ${server.threads()} threads`;
  return `target    ${name}: ${version}, ${bytes} bytes${threads}`;
}

function factsOf(
  options: Options,
  targets: readonly Target[],
  skipped: readonly Skipped[],
  cpus: readonly number[],
): string[] {
  return [
    `container memory ${memory / 1024 ** 2} MiB, cpuset ${cpus.join()}, quota ${cpus.length} CPUs (never the limit), own pid namespace, cgroup depth ${options.depth}`,
    `run       /${pathOf(options.file)}, ${options.rounds} rounds of ${options.seconds} s after ${options.warm} s, reads of ${options.buffer} bytes`,
    ...targets.map(describeTarget),
    ...skipped.map((one) => `skipped   ${one.name}: ${one.reason}`),
  ];
}

async function bench(options: Options, cleanup: Cleanup, signal: AbortSignal): Promise<boolean> {
  const machine = describeMachine(root);
  const prepared = await prepare(options, cleanup, signal);
  const { targets, skipped, measurements } = await run(
    prepared,
    (...found) => print(formatMachine(machine, factsOf(options, ...found, prepared.cpus))),
    (done, left) =>
      printProgress(`round ${done + 1} of ${options.rounds}, about ${left} s to go\n`),
  );
  const rows = summarize(measurements);
  const ratios = ratiosOf(measurements);
  const throttled = prepared.container.cgroup.throttled();
  print(`${formatNoise(measurements, throttled)}\n${formatRows(rows)}`);
  if (ratios.length > 0) print(`\n${formatRatios(ratios)}`);
  if (options.json !== undefined)
    writeFileSync(
      options.json,
      `${JSON.stringify({ machine, options, targets: targets.map(({ server: _, ...rest }) => rest), skipped, throttled, rows, ratios, measurements }, null, 1)}\n`,
    );
  const failures = failuresIn(measurements);
  for (const failure of failures) printProgress(`FAILED: ${failure}\n`);
  return failures.length === 0;
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const signal = interruptSignal();
  if (process.getuid?.() !== 0) throw new Error('needs root: it makes cgroups and mounts');
  const succeeded = await withCleanup(signal, (cleanup) => bench(options, cleanup, signal));
  if (!succeeded) process.exitCode = 1;
}

await runBenchmark(main);
