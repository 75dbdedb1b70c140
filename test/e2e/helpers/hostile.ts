/**
 * Hostile containers: the program that they run (abuse.c), the daemon's usage, and reads in another container meanwhile.
 * @module
 */
import fs from 'node:fs';
import { join } from 'node:path';
import type { Container } from './container.ts';
import type { Daemon } from './daemon.ts';
import { kilobytes } from './proc-text.ts';
import { compile, toolsDirectory } from './programs.ts';

/** Path of the program. */
export const abuse = join(toolsDirectory, 'abuse');

export const buildAbuse = (): Promise<void> =>
  compile(join(import.meta.dirname, '../../../../test/e2e/programs/abuse.c'), abuse);

/** Resources that a daemon uses. */
export interface Usage {
  /** RSS, MiB. */
  readonly rss: number;
  readonly descriptors: number;
  readonly watches: number;
}

export function usageOf({ pid }: Daemon): Usage {
  const directory = `/proc/${pid}`;
  const status = fs.readFileSync(`${directory}/status`, 'latin1').replace(/\t/g, ' ');
  const descriptors = fs.readdirSync(`${directory}/fd`);
  const watches = fs.readdirSync(`${directory}/fdinfo`).map((fd) => {
    try {
      return fs.readFileSync(`${directory}/fdinfo/${fd}`, 'latin1').match(/^inotify wd/gm)?.length;
    } catch {
      return 0;
    }
  });
  return {
    rss: kilobytes(status, 'VmRSS') / 1024,
    descriptors: descriptors.length,
    watches: watches.reduce<number>((sum, count = 0) => sum + count, 0),
  };
}

/** Reads meminfo in a container without a pause; counts wrong answers and keeps the latencies. */
export class NeighbourReads {
  readonly #times: number[] = [];
  readonly #reading: Promise<void>;
  #running = true;
  #wrong = 0;

  /** @param total expected MemTotal, kB */
  constructor(container: Container, total: number) {
    this.#reading = this.#read(container, total);
  }

  async #read(container: Container, total: number): Promise<void> {
    const inside = container.inside();
    while (this.#running) {
      const start = performance.now();
      const text = await inside.read('/proc/meminfo');
      this.#times.push(performance.now() - start);
      if (kilobytes(text, 'MemTotal') !== total) this.#wrong++;
    }
  }

  /** Stops and returns the totals; `worst` in ms. */
  async stop(): Promise<{ reads: number; wrong: number; worst: number }> {
    this.#running = false;
    await this.#reading;
    return { reads: this.#times.length, wrong: this.#wrong, worst: Math.max(...this.#times) };
  }
}
