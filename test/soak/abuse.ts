/**
 * Containers that abuse every served file for minutes, with stress-ng and abuse.c: their neighbours read on, and the
 * daemon is the same process afterwards.
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { until } from '../e2e/helpers/command.ts';
import { type Container, startContainer } from '../e2e/helpers/container.ts';
import { FILES } from '../e2e/helpers/container-kind.ts';
import { startDaemon } from '../e2e/helpers/daemon.ts';
import { buildAbuse, abuse as program, usageOf } from '../e2e/helpers/hostile.ts';
import { MiB, prepare } from '../e2e/helpers/suite.ts';
import { Crowd } from './readers.ts';

/** MiB by which the daemon may grow: its heap breathes, and 16 MiB of bodies are a container's right. */
const BREATH = 64;

/** Of stress-ng, two processes that read, map, seek and poll all below /proc, and one that does so below /sys. */
const STRESS = ['stress-ng', '--procfs', '2', '--sysfs', '1', '--oomable', '--timeout'];

async function abusers(t: Test, bind: string, seconds: number): Promise<ChildProcess[]> {
  const start = (): Promise<Container> =>
    startContainer(t, { limits: { memory: 200 * MiB, quota: 0.5 }, bind });
  const [one, two, three] = [await start(), await start(), await start()];
  const pokes = FILES.map((file) => [program, 'poke', `/proc/${file}`, String(seconds)]);
  const others = [
    [program, 'look', '/proc', String(seconds)],
    [program, 'look', '/sys/devices/system/cpu', String(seconds)],
    [program, 'open', '/proc/meminfo', '10000'],
  ];
  // It runs out of memory, and is killed, again and again: its end is no matter.
  three.start(['sh', '-c', 'while :; do "$@"; done', 'sh', program, 'fork', '/proc/stat', '10']);
  return [
    one.start([...STRESS, String(seconds)]),
    ...[...pokes, ...others].map((argv) => two.start(argv)),
  ];
}

export async function abuse({ seconds }: { readonly seconds: number }): Promise<void> {
  await prepare(120 + 2 * seconds);
  await buildAbuse();
  await t.test(`abused for ${seconds} s`, async (t) => {
    const daemon = await startDaemon(t);
    const crowd = await Crowd.start(t, daemon.mount);
    const before = usageOf(daemon);
    const children = await abusers(t, daemon.mount, seconds);
    await sleep(seconds * 1000);
    for (const child of children) child.stdin?.end();
    await until(
      'they end',
      () => children.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null),
      60,
    );
    const after = usageOf(daemon);
    const { faults, ...seen } = await crowd.end();
    t.comment(
      JSON.stringify({
        seconds,
        abusers: children.length,
        ...seen,
        faults: faults.length,
        before,
        after,
      }),
    );
    t.strictSame(
      children.map(({ exitCode }) => exitCode),
      children.map(() => 0),
      'they could do all of it',
    );
    t.strictSame(faults, [], 'their neighbours read on');
    t.notOk(daemon.ended, 'the daemon is the same');
    t.notMatch(daemon.log, /"level":[56]0/, 'nothing failed');
    t.ok(after.resident < before.resident + BREATH, 'and has not grown');
  });
}
