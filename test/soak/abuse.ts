/**
 * Containers abuse every served file for minutes, with stress-ng and abuse.c. Readers in other containers must see no
 * fault, and the daemon must not restart.
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
import { SoakReaders } from './readers.ts';

/** MiB by which the daemon's memory may grow: its heap varies, and it keeps up to 16 MiB of bodies for a container. */
const GROWTH = 64;

/** Two processes of stress-ng that read, map, seek and poll all files below /proc, and one for /sys. */
const STRESS = ['stress-ng', '--procfs', '2', '--sysfs', '1', '--oomable', '--timeout'];

async function abusers(t: Test, bind: string, seconds: number): Promise<ChildProcess[]> {
  const start = (): Promise<Container> =>
    startContainer(t, { limits: { memory: 200 * MiB, quota: 0.5 }, bind });
  const [one, two, three] = [await start(), await start(), await start()];
  const misuses = FILES.map((file) => [program, 'misuse', `/proc/${file}`, String(seconds)]);
  const others = [
    [program, 'lookup', '/proc', String(seconds)],
    [program, 'lookup', '/sys/devices/system/cpu', String(seconds)],
    [program, 'open', '/proc/meminfo', '10000'],
  ];
  // It runs out of memory and is killed repeatedly, so its exit code does not matter.
  three.start(['sh', '-c', 'while :; do "$@"; done', 'sh', program, 'fork', '/proc/stat', '10']);
  return [
    one.start([...STRESS, String(seconds)]),
    ...[...misuses, ...others].map((argv) => two.start(argv)),
  ];
}

export async function abuse({ seconds }: { readonly seconds: number }): Promise<void> {
  await prepare(120 + 2 * seconds);
  await buildAbuse();
  await t.test(
    `readers see no fault while containers abuse all files for ${seconds} s`,
    async (t) => {
      const daemon = await startDaemon(t);
      const readers = await SoakReaders.start(t, daemon.mount);
      const before = usageOf(daemon);
      const children = await abusers(t, daemon.mount, seconds);
      await sleep(seconds * 1000);
      for (const child of children) child.stdin?.end();
      await until(
        'all abusers end',
        () =>
          children.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null),
        60,
      );
      const after = usageOf(daemon);
      const { faults, ...totals } = await readers.end();
      t.comment(
        JSON.stringify({
          seconds,
          abusers: children.length,
          ...totals,
          faults: faults.length,
          before,
          after,
        }),
      );
      t.strictSame(
        children.map(({ exitCode }) => exitCode),
        children.map(() => 0),
        'all abusers exit with 0',
      );
      t.strictSame(faults, [], 'readers in other containers saw no fault');
      t.notOk(daemon.ended, 'the daemon has not ended');
      t.notMatch(daemon.log, /"level":[56]0/, 'no error was logged');
      t.ok(after.rss < before.rss + GROWTH, 'its memory has not grown');
    },
  );
}
