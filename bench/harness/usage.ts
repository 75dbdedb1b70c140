/** CPU time and memory of a process, with a finer resolution than the 10 ms of its stat file. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** CPU time of all its threads, in us. */
  readonly cpu: number;
  /** Voluntary context switches of its threads: each one means a later wake-up. */
  readonly sleeps: number;
  /** Time of the sample, us. */
  readonly at: number;
}

export function usageOf(pid: number): Usage {
  const total = { cpu: 0, sleeps: 0, at: performance.now() * 1000 };
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const read = (file: string): string =>
      readFileSync(`/proc/${pid}/task/${tid}/${file}`, 'latin1');
    total.cpu += Number(read('schedstat').split(' ')[0]) / 1000;
    total.sleeps += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(read('status'))?.[1]);
  }
  return total;
}

export interface Share {
  /** Per cent of one CPU. */
  readonly cpu: number;
  /** Wake-ups per second. */
  readonly wakes: number;
}

export function shareOf(before: Usage, after: Usage): Share {
  const us = after.at - before.at;
  return {
    cpu: (100 * (after.cpu - before.cpu)) / us,
    wakes: ((after.sleeps - before.sleeps) / us) * 1e6,
  };
}

/** Memory and descriptors of a process. */
export interface Footprint {
  /** RSS, MB. */
  readonly rss: number;
  /** RSS without file pages, MB. */
  readonly own: number;
  readonly descriptors: number;
}

export function footprintOf(pid: number): Footprint {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const mb = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1.024e-3;
  const own = mb('RssAnon') + mb('RssShmem');
  return { rss: mb('VmRSS'), own, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}
