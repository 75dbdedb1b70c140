/**
 * When the daemon logs that a container was found or is gone.
 * @module
 */
import fs from 'node:fs';
import { until } from './command.ts';
import type { Daemon } from './daemon.ts';

type Event = 'found' | 'gone';

const MS_PER_TICK = 10;

/** Start time of a process, ms since the epoch; up to 20 ms early, never late. */
export function startTimeOf(pid: number): number {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const uptime = Number(fs.readFileSync('/proc/uptime', 'latin1').split(' ')[0]);
  return Date.now() - uptime * 1000 - MS_PER_TICK + ticks * MS_PER_TICK;
}

/** The log of a daemon that was started with `--log-level debug`. */
export class ContainerEvents {
  readonly #daemon: Daemon;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Times at which the daemon logged this event of this container. */
  #times(event: Event, id: string): number[] {
    // The last line may be incomplete.
    const lines = this.#daemon.log.split('\n').slice(0, -1);
    const matching = lines.filter((line) => line.includes(`"container ${event}"`));
    const parsed = matching.map((line) => JSON.parse(line));
    return parsed.filter((each) => each.id === id).map(({ time }) => Date.parse(time));
  }

  count(event: Event, id: string): number {
    return this.#times(event, id).length;
  }

  /** Waits until the daemon has found it. Returns the time of that, ms since the epoch. */
  found(id: string): Promise<number> {
    return this.#first('found', id);
  }

  gone(id: string): Promise<number> {
    return this.#first('gone', id);
  }

  async #first(event: Event, id: string): Promise<number> {
    await until(`${id} is ${event}`, () => this.count(event, id) > 0);
    return this.#times(event, id)[0] ?? 0;
  }
}
