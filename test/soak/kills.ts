/**
 * The daemon is killed at random times under its keeper; no reader may see a fault.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { until } from '../e2e/helpers/command.ts';
import { type Daemon, mountsAt, startDaemon, supervisedPid } from '../e2e/helpers/daemon.ts';
import { prepare } from '../e2e/helpers/suite.ts';
import { SoakReaders } from './readers.ts';

/** Longest time between two kills, ms. */
const LIFETIME = 1000;
/** After every tenth kill the next daemon is killed too, within 300 ms of its start. */
const DOUBLE_KILL = 10;
const START_MS = 300;
/** Time limit for one kill, seconds. */
const KILL_SECONDS = 20;

const sleepAtMost = (ms: number): Promise<void> => sleep(Math.random() * ms);

/** Kills the daemon. Returns the seconds until the next one serves. */
async function kill(daemon: Daemon, twice: boolean): Promise<number> {
  const start = performance.now();
  process.kill(await supervisedPid(daemon), 'SIGKILL');
  if (twice) {
    await sleepAtMost(START_MS);
    process.kill(await supervisedPid(daemon), 'SIGKILL');
  }
  const from = daemon.log.length;
  await until('the next daemon serves', () => daemon.log.indexOf('"msg":"serving"', from) >= 0);
  return (performance.now() - start) / 1000;
}

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1] ?? Number.NaN;
const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** SIGINT ends it early, with the figures so far. */
export async function kills({ count }: { readonly count: number }): Promise<void> {
  await prepare(120 + KILL_SECONDS * count);
  await t.test(`readers see no fault while the daemon is killed ${count} times`, async (t) => {
    const daemon = await startDaemon(t, '--keeper', '--workers', '2');
    const mounted = mountsAt(daemon.mount);
    const readers = await SoakReaders.start(t, daemon.mount);
    const times: number[] = [];
    let ended = false;
    process.once('SIGINT', () => {
      ended = true;
    });
    while (times.length < count && !ended) {
      await sleepAtMost(LIFETIME);
      times.push(await kill(daemon, times.length % DOUBLE_KILL === DOUBLE_KILL - 1));
    }
    const { faults, ...totals } = await readers.end();
    times.sort((a, b) => a - b);
    const restart = { median: rounded(median(times)), longest: rounded(times.at(-1) ?? 0) };
    t.comment(JSON.stringify({ kills: times.length, ...totals, faults: faults.length, restart }));
    t.strictSame(faults, [], 'no reader saw a fault');
    t.strictSame(mountsAt(daemon.mount), mounted, 'the mount is the same');
    t.notMatch(daemon.log, /"level":[56]0/, 'no error was logged');
  });
}
