/**
 * `npm run bench:attach`: time to attach each of many containers, and time that the hook adds to a container's start.
 * bench/README.md explains the lines.
 * @module
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attach, detach, type Source, type Subject } from '../src/attach/apply.ts';
import { ownerOf } from '../src/attach/owner.ts';
import { targetsOf } from '../src/attach/targets.ts';
import { loadConfig } from '../src/config/load.ts';
import { ProcessReader } from '../src/containers/process.ts';
import { Renderer } from '../src/serving/renderer.ts';
import { interruptSignal, runBenchmark } from './harness/benchmark.ts';
import { run, start } from './harness/child.ts';
import { Cleanup } from './harness/cleanup.ts';
import { describeMachine } from './harness/machine.ts';
import { formatMachine } from './harness/report.ts';
import { startServer } from './harness/server.ts';

const root = join(import.meta.dirname, '..', '..');
const hook = join(root, 'native/build/Release/procview-hook');
const containers = Number(process.env['PROCVIEW_BENCH_CONTAINERS'] ?? 500);
const starts = Number(process.env['PROCVIEW_BENCH_STARTS'] ?? 40);
const cleanup = new Cleanup();
const signal = AbortSignal.any([interruptSignal(), AbortSignal.timeout(600_000)]);
const proc = new ProcessReader('/proc');

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** The quantile `part` (0-1) of the values. */
function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

const line = (what: string, ms: readonly number[]): string =>
  `${what.padEnd(44)} median ${quantile(ms, 0.5).toFixed(1)} ms, 99 % ${quantile(ms, 0.99).toFixed(1)} ms, all ${ms.length} in ${(ms.reduce((a, b) => a + b, 0) / 1000).toFixed(2)} s`;

/** Runs an action for each element. Returns the time of each, ms. */
function timed<T>(each: readonly T[], action: (one: T) => void): number[] {
  return each.map((one) => {
    const before = performance.now();
    action(one);
    return performance.now() - before;
  });
}

/** Starts processes with their own mount and pid namespace. */
async function startContainers(count: number): Promise<Subject[]> {
  const hold = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const outer = Array.from({ length: count }, () =>
    start('unshare', [...hold, 'sh', '-c', 'echo ready; read _']),
  );
  cleanup.add('containers', async () => {
    for (const child of outer) child.closeInput();
    await Promise.all(outer.map((child) => child.ended()));
  });
  for (const child of outer) {
    if ((await child.line()) !== 'ready') throw new Error(`no container: ${child.errors()}`);
  }
  return outer.map(({ pid }) => {
    const init = Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1'), 10);
    return { init, started: proc.startTime(init) };
  });
}

function measureAttach(source: Source, subjects: readonly Subject[]): void {
  print(
    line(
      'attach',
      timed(subjects, (one) => attach(source, one)),
    ),
  );
  print(
    line(
      'attach again, no change',
      timed(subjects, (one) => attach(source, one)),
    ),
  );
  print(
    line(
      'detach',
      timed(subjects, (one) => detach(source, one)),
    ),
  );
}

/** Writes a bundle whose entry point ends at once. */
function makeBundle(directory: string, prestart: readonly object[]): void {
  mkdirSync(join(directory, 'rootfs/usr'), { recursive: true });
  for (const name of ['bin', 'lib', 'lib64'])
    symlinkSync(`usr/${name}`, join(directory, 'rootfs', name));
  for (const name of ['proc', 'dev']) mkdirSync(join(directory, 'rootfs', name));
  const config = {
    ociVersion: '1.0.0',
    process: { user: { uid: 0, gid: 0 }, args: ['/bin/true'], cwd: '/', env: ['PATH=/bin'] },
    root: { path: 'rootfs' },
    mounts: [
      { destination: '/proc', source: 'proc', type: 'proc' },
      { destination: '/dev', source: 'tmpfs', type: 'tmpfs' },
      { destination: '/usr', source: '/usr', type: 'bind', options: ['rbind', 'ro'] },
    ],
    hooks: { prestart },
    linux: { namespaces: ['pid', 'mount', 'ipc'].map((type) => ({ type })) },
  };
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
}

/** Measures `runc run` without and with the hook by turns. */
async function measureStart(scratch: string, socket: string): Promise<void> {
  const bundles = ['without', 'with'].map((name) => join(scratch, name));
  const prestart = [{ path: hook, args: ['procview-hook', '--socket', socket] }];
  for (const [i, bundle] of bundles.entries()) makeBundle(bundle, i === 0 ? [] : prestart);
  const took: [number[], number[]] = [[], []];
  for (let round = -2; round < starts; round++) {
    for (const [i, bundle] of bundles.entries()) {
      const before = performance.now();
      const id = `procview-bench-${process.pid}`;
      await run('runc', ['--root', join(scratch, 'runc'), 'run', '-b', bundle, id], signal);
      if (round >= 0) took[i]?.push(performance.now() - before);
    }
  }
  print(line('runc run true, without the hook', took[0]));
  print(line('runc run true, with the hook', took[1]));
  const added = took[0].map((without, i) => (took[1][i] ?? Number.NaN) - without);
  print(line('time added by the hook, pair by pair', added));
}

async function measure(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'procview-bench-'));
  cleanup.add(`rm ${scratch}`, () => rmSync(scratch, { recursive: true }));
  const [mount, state] = [join(scratch, 'mount'), join(scratch, 'state')];
  const serve = ['serve', '--mount', mount, '--state', state, '--no-attach'];
  const args = [join(root, 'dist/src/main.js'), ...serve];
  const name = 'procview';
  await startServer({ name, command: process.execPath, args, mount }, cleanup, signal);
  const targets = targetsOf(new Renderer(loadConfig(undefined, { mount, state }), 'private'));
  const facts = [`files     ${targets.length} in each container`];
  print(formatMachine(describeMachine(root), facts));
  const source = { proc, mount, owner: ownerOf(state), targets };
  measureAttach(source, await startContainers(containers));
  await measureStart(scratch, join(state, 'control'));
}

await runBenchmark(measure);
for (const failure of await cleanup.run()) process.stderr.write(`bench: cannot undo: ${failure}\n`);
