/**
 * Very many reads, and very many containers that read once and are gone: the daemon's memory and descriptors stay
 * what they are.
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

const LIVES = join(toolsDirectory, 'lives');
/** How often is looked at the daemon. */
const LOOKS = 20;
/** So many looks until caches are full. */
const WARM = 4;
/** MiB by which its heap breathes, and descriptors of who is gone and not yet known to be. */
const BREATH = 8;
const AT_ONCE = 300;

/** The hierarchy of their cgroups, and how it names a limit. To join one takes milliseconds: one is enough. */
const HIERARCHY = isV2
  ? ['/sys/fs/cgroup', 'memory.max']
  : ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'];

/** Looks at the daemon while a program counts up to its end. */
async function watch(daemon: Daemon, count: number, child: ChildProcess): Promise<Usage[]> {
  const looks: Usage[] = [];
  let next = count / LOOKS;
  child.stdout?.setEncoding('latin1').on('data', (piece: string) => {
    const done = Number(piece.trim().split('\n').at(-1));
    if (done < next) return;
    looks.push(usageOf(daemon));
    next = done + count / LOOKS;
  });
  await until('it has done all', () => child.exitCode !== null, 60 + count);
  return looks;
}

const highest = (looks: readonly Usage[], key: keyof Usage): number =>
  Math.max(...looks.map((usage) => usage[key]));

/** What it needs in its second half is what it needed before. */
function isFlat(t: Test, looks: readonly Usage[]): void {
  const [before, after] = [looks.slice(WARM, LOOKS / 2), looks.slice(LOOKS / 2)];
  const allowed: readonly [keyof Usage, number][] = [
    ['resident', BREATH],
    ['descriptors', AT_ONCE],
    ['watches', AT_ONCE],
  ];
  for (const [key, more] of allowed) {
    const [was, is] = [highest(before, key), highest(after, key)];
    t.ok(is <= was + more, `${key}: at most ${Math.round(was)}, then ${Math.round(is)}`);
  }
}

function tell(t: Test, what: object, looks: readonly Usage[], seconds: number): void {
  const series = (key: keyof Usage): number[] =>
    looks.map((usage) => Math.round(usage[key] * 10) / 10);
  const [resident, descriptors, watches] = [
    series('resident'),
    series('descriptors'),
    series('watches'),
  ];
  t.comment(
    JSON.stringify({ ...what, seconds: Math.round(seconds), resident, descriptors, watches }),
  );
}

interface Counts {
  readonly opens: number;
  readonly containers: number;
}

export async function lifetimes({ opens, containers }: Counts): Promise<void> {
  await prepare(600 + opens + containers);
  await compile(join(import.meta.dirname, '../../../test/soak/lifetimes.c'), LIVES);
  await t.test(`${opens} times open, read, close`, async (t) => {
    const daemon = await startDaemon(t);
    const container = await startContainer(t, { limits: { memory: 64 * MiB }, bind: daemon.mount });
    const start = performance.now();
    const child = container.start([LIVES, 'opens', String(opens), '/proc/meminfo']);
    const looks = await watch(daemon, opens, child);
    tell(t, { opens }, looks, (performance.now() - start) / 1000);
    t.equal(child.exitCode, 0);
    isFlat(t, looks);
  });
  await t.test(`${containers} containers`, async (t) => {
    // With discovery, which looks at each of them.
    const daemon = await startDaemon(t, '--attach');
    const start = performance.now();
    const argv = [
      'containers',
      String(containers),
      Cgroup.fresh().path.slice(1),
      daemon.file('meminfo'),
    ];
    const child = spawn(LIVES, [...argv, ...HIERARCHY], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.teardown(() => child.kill('SIGKILL'));
    const looks = await watch(daemon, containers, child);
    tell(t, { containers }, looks, (performance.now() - start) / 1000);
    t.equal(child.exitCode, 0);
    isFlat(t, looks);
    t.notMatch(daemon.log, /"level":[56]0/, 'nothing failed');
  });
}
