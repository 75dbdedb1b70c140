/**
 * `npm run bench`: how fast a process in a container reads one file of /proc, from the kernel, from
 * procview, from a constant FUSE file (the floor) and from LXCFS. bench/README.md explains the rows.
 * @module
 */
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cleanup } from './cleanup.ts';
import { createContainer } from './container.ts';
import { allowedCpus, describeMachine } from './machine.ts';
import { type Options, parseOptions } from './options.ts';
import { Reader } from './reader.ts';
import { formatMachine, formatNoise, formatRatios, formatRows } from './report.ts';
import { type Measurement, runRounds } from './rounds.ts';
import { compare, summarize } from './summary.ts';
import { type Bench, openTargets, type Skipped, type Target } from './targets.ts';

const root = join(import.meta.dirname, '..', '..');
const memory = 256 * 1024 ** 2;
const say = (text: string): void => void process.stdout.write(text);
const tell = (text: string): void => void process.stderr.write(text);

function scratchDirectory(cleanup: Cleanup): string {
  const scratch = mkdtempSync(join(tmpdir(), 'procview-bench-'));
  // Mount points have steps of their own: this must never descend into a mount that is still there.
  cleanup.add(`rm ${scratch}`, () => {
    for (const name of ['body', 'state', 'lxcfs.pid', 'lxcfs-full.pid'])
      rmSync(join(scratch, name), { recursive: true, force: true });
    rmdirSync(scratch);
  });
  return scratch;
}

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
    `run       /proc/${options.file}, ${options.rounds} rounds of ${options.seconds} s after ${options.warm} s, reads of ${options.buffer} bytes`,
    ...targets.map(describeTarget),
    ...skipped.map((one) => `skipped   ${one.name}: ${one.reason}`),
  ];
}

function reportFailures(measurements: readonly Measurement[]): boolean {
  const bad = measurements.filter((one) => one.errors + one.empty + one.short > 0);
  for (const { target, mode, threads, round, errors, error, empty, short } of bad)
    tell(
      `FAILED: ${target}, ${mode}, ${threads} readers, round ${round}: ${errors} errors ${error}, ${empty} empty, ${short} short\n`,
    );
  return bad.length > 0;
}

async function bench(options: Options, cleanup: Cleanup, signal: AbortSignal): Promise<boolean> {
  const machine = describeMachine(root);
  const allowed = allowedCpus();
  const cpus = allowed.slice(0, options.cpus);
  const scratch = scratchDirectory(cleanup);
  const container = await createContainer(
    `procview-bench-${process.pid}`,
    options.depth,
    { memory, cpus },
    cleanup,
  );
  const reader = await Reader.build(root, container, signal);
  const setup: Bench = { root, scratch, options, reader, memory, cleanup, signal };
  const { targets, skipped } = await openTargets(setup);
  say(formatMachine(machine, factsOf(options, targets, skipped, cpus)));
  const combinations = targets.length * options.modes.length * options.threads.length;
  const round = combinations * (options.seconds + options.warm + 0.1);
  const places = { pinned: cpus.at(-1) ?? 0, all: allowed };
  const measurements = await runRounds(setup, targets, places, (done) =>
    tell(
      `round ${done + 1} of ${options.rounds}, about ${Math.ceil((options.rounds - done) * round)} s to go\n`,
    ),
  );
  const rows = summarize(measurements);
  const ratios = ['lxcfs', 'lxcfs-full', 'floor'].flatMap((base) =>
    compare(measurements, 'procview', base),
  );
  const throttled = container.cgroup.throttled();
  say(`${formatNoise(measurements, throttled)}\n${formatRows(rows)}`);
  if (ratios.length > 0) say(`\n${formatRatios(ratios)}`);
  if (options.json !== undefined)
    writeFileSync(
      options.json,
      `${JSON.stringify({ machine, options, targets: targets.map(({ server: _, ...rest }) => rest), skipped, throttled, rows, ratios, measurements }, null, 1)}\n`,
    );
  return !reportFailures(measurements);
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const cleanup = new Cleanup();
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => interrupt.abort(new Error(`stopped by ${name}`)));
  try {
    if (process.getuid?.() !== 0) throw new Error('needs root: it makes cgroups and mounts');
    if (!(await bench(options, cleanup, interrupt.signal))) process.exitCode = 1;
  } catch (error) {
    tell(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
  for (const failure of await cleanup.run()) {
    tell(`bench: left behind: ${failure}\n`);
    process.exitCode = 1;
  }
}

await main();
