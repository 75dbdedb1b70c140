/**
 * What the daemon says about containers that come and go, and when.
 * @module
 */
import fs from 'node:fs';
import { until } from './command.ts';
import type { Daemon } from './daemon.ts';

type What = 'found' | 'gone';

const MS_PER_TICK = 10;

/** When a process was started, by the clock of the log; up to 20 ms early, never late. */
export function startOf(pid: number): number {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const uptime = Number(fs.readFileSync('/proc/uptime', 'latin1').split(' ')[0]);
  return Date.now() - uptime * 1000 - MS_PER_TICK + ticks * MS_PER_TICK;
}

/** The log of a daemon that was started with `--log-level debug`. */
export class Sightings {
  readonly #daemon: Daemon;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** When it was said of this container. */
  #times(what: What, id: string): number[] {
    // The last line may be incomplete.
    const lines = this.#daemon.log.split('\n').slice(0, -1);
    const about = lines.filter((line) => line.includes(`"container ${what}"`));
    const parsed = about.map((line) => JSON.parse(line));
    return parsed.filter((each) => each.id === id).map(({ time }) => Date.parse(time));
  }

  count(what: What, id: string): number {
    return this.#times(what, id).length;
  }

  /** Waits until it is; returns when, in milliseconds since the epoch. */
  found(id: string): Promise<number> {
    return this.#first('found', id);
  }

  gone(id: string): Promise<number> {
    return this.#first('gone', id);
  }

  async #first(what: What, id: string): Promise<number> {
    await until(`${id} is ${what}`, () => this.count(what, id) > 0);
    return this.#times(what, id)[0] ?? 0;
  }
}
