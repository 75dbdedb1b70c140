/**
 * A million reads, and 100,000 containers that read once and end: the daemon's memory, descriptors and watches must not
 * grow.
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Cgroup, isV2 } from '../e2e/helpers/cgroup.ts';
import { until } from '../e2e/helpers/command.ts';
import { startContainer } from '../e2e/helpers/container.ts';
import { type Daemon, startDaemon } from '../e2e/helpers/daemon.ts';
import { type Usage, usageOf } from '../e2e/helpers/hostile.ts';
import { compile, toolsDirectory } from '../e2e/helpers/programs.ts';
import { MiB, prepare } from '../e2e/helpers/suite.ts';

const PROGRAM = join(toolsDirectory, 'lifetimes');
/** Number of samples of the daemon's usage. */
const SAMPLES = 20;
/** Samples until the caches are full. */
const WARM_UP = 4;
/** MiB by which the heap may vary. */
const HEAP_SLACK = 8;
/** Descriptors and watches of containers that have ended, before the daemon closes them. */
const NOT_YET_CLOSED = 300;

/** Hierarchy of the cgroups, and its limit file. One hierarchy alone, because to join one takes milliseconds. */
const HIERARCHY = isV2
  ? ['/sys/fs/cgroup', 'memory.max']
  : ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'];

/** Samples the daemon's usage while a program runs that prints its progress. */
async function sampleUsage(daemon: Daemon, count: number, child: ChildProcess): Promise<Usage[]> {
  const samples: Usage[] = [];
  let next = count / SAMPLES;
  child.stdout?.setEncoding('latin1').on('data', (piece: string) => {
    const done = Number(piece.trim().split('\n').at(-1));
    if (done < next) return;
    samples.push(usageOf(daemon));
    next = done + count / SAMPLES;
  });
  await until('the program ends', () => child.exitCode !== null, 60 + count);
  return samples;
}

const highest = (samples: readonly Usage[], key: keyof Usage): number =>
  Math.max(...samples.map((usage) => usage[key]));

/** Asserts that the second half of the run uses no more than the first. */
function checkFlat(t: Test, samples: readonly Usage[]): void {
  const [before, after] = [samples.slice(WARM_UP, SAMPLES / 2), samples.slice(SAMPLES / 2)];
  const allowed: readonly [keyof Usage, number][] = [
    ['rss', HEAP_SLACK],
    ['descriptors', NOT_YET_CLOSED],
    ['watches', NOT_YET_CLOSED],
  ];
  for (const [key, more] of allowed) {
    const [was, is] = [highest(before, key), highest(after, key)];
    t.ok(is <= was + more, `${key}: at most ${Math.round(was)}, then ${Math.round(is)}`);
  }
}

function comment(t: Test, what: object, samples: readonly Usage[], seconds: number): void {
  const series = (key: keyof Usage): number[] =>
    samples.map((usage) => Math.round(usage[key] * 10) / 10);
  const [rss, descriptors, watches] = [series('rss'), series('descriptors'), series('watches')];
  t.comment(JSON.stringify({ ...what, seconds: Math.round(seconds), rss, descriptors, watches }));
}

interface Counts {
  readonly opens: number;
  readonly containers: number;
}

export async function lifetimes({ opens, containers }: Counts): Promise<void> {
  await prepare(600 + opens + containers);
  await compile(join(import.meta.dirname, '../../../test/soak/lifetimes.c'), PROGRAM);
  await t.test(`${opens} reads do not grow the daemon`, async (t) => {
    const daemon = await startDaemon(t);
    const container = await startContainer(t, { limits: { memory: 64 * MiB }, bind: daemon.mount });
    const start = performance.now();
    const child = container.start([PROGRAM, 'opens', String(opens), '/proc/meminfo']);
    const samples = await sampleUsage(daemon, opens, child);
    comment(t, { opens }, samples, (performance.now() - start) / 1000);
    t.equal(child.exitCode, 0);
    checkFlat(t, samples);
  });
  await t.test(`${containers} containers that read once do not grow the daemon`, async (t) => {
    // With discovery, which examines each container.
    const daemon = await startDaemon(t, '--attach');
    const start = performance.now();
    const argv = [
      'containers',
      String(containers),
      Cgroup.fresh().path.slice(1),
      daemon.file('meminfo'),
    ];
    const child = spawn(PROGRAM, [...argv, ...HIERARCHY], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => child.kill('SIGKILL'));
    const samples = await sampleUsage(daemon, containers, child);
    comment(t, { containers }, samples, (performance.now() - start) / 1000);
    t.equal(child.exitCode, 0);
    checkFlat(t, samples);
    t.notMatch(daemon.log, /"level":[56]0/, 'no error was logged');
  });
}
