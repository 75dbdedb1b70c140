/**
 * The daemon is killed at random moments, and nobody notices.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { until } from '../e2e/helpers/command.ts';
import { type Daemon, keptBy, mountsAt, startDaemon } from '../e2e/helpers/daemon.ts';
import { prepare } from '../e2e/helpers/suite.ts';
import { Crowd } from './readers.ts';

/** Milliseconds from a daemon's first answer to its end, at most. */
const LIFE = 1000;
/** Every so many times the next one is killed as well, while it starts, within so many milliseconds. */
const AGAIN = 10;
const START = 300;
/** Seconds for one kill. */
const EACH = 20;

const sleepAtMost = (ms: number): Promise<void> => sleep(Math.random() * ms);

/** Returns the seconds until the next one served. */
async function kill(daemon: Daemon, again: boolean): Promise<number> {
  const start = performance.now();
  process.kill(await keptBy(daemon), 'SIGKILL');
  if (again) {
    await sleepAtMost(START);
    process.kill(await keptBy(daemon), 'SIGKILL');
  }
  const from = daemon.log.length;
  await until('the next one serves', () => daemon.log.indexOf('"msg":"serving"', from) >= 0);
  return (performance.now() - start) / 1000;
}

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1] ?? Number.NaN;
const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** SIGINT ends it before the time, with what was seen so far. */
export async function kills({ count }: { readonly count: number }): Promise<void> {
  await prepare(120 + EACH * count);
  await t.test(`killed ${count} times`, async (t) => {
    const daemon = await startDaemon(t, '--keeper', '--workers', '2');
    const mounted = mountsAt(daemon.mount);
    const crowd = await Crowd.start(t, daemon.mount);
    const times: number[] = [];
    let ended = false;
    process.once('SIGINT', () => {
      ended = true;
    });
    while (times.length < count && !ended) {
      await sleepAtMost(LIFE);
      times.push(await kill(daemon, times.length % AGAIN === AGAIN - 1));
    }
    const { faults, ...seen } = await crowd.end();
    times.sort((a, b) => a - b);
    const restart = { median: rounded(median(times)), longest: rounded(times.at(-1) ?? 0) };
    t.comment(JSON.stringify({ kills: times.length, ...seen, faults: faults.length, restart }));
    t.strictSame(faults, [], 'no reader noticed');
    t.strictSame(mountsAt(daemon.mount), mounted, 'the mount is the same');
    t.notMatch(daemon.log, /"level":[56]0/, 'nothing was lost');
  });
}
