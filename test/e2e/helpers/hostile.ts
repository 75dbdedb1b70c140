/**
 * Hostile containers: the program that they run (abuse.c), and what a daemon has to show for it.
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

/** What a daemon uses. */
export interface Usage {
  /** Memory, MiB. */
  readonly resident: number;
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
    resident: kilobytes(status, 'VmRSS') / 1024,
    descriptors: descriptors.length,
    watches: watches.reduce<number>((sum, count = 0) => sum + count, 0),
  };
}

/** Reads of a neighbour while something goes on: what was wrong, and how long they took. */
export class Neighbour {
  readonly #times: number[] = [];
  readonly #reading: Promise<void>;
  #going = true;
  #wrong = 0;

  /** @param total what its meminfo must say, kB */
  constructor(container: Container, total: number) {
    this.#reading = this.#read(container, total);
  }

  async #read(container: Container, total: number): Promise<void> {
    const inside = container.inside();
    while (this.#going) {
      const start = performance.now();
      const text = await inside.read('/proc/meminfo');
      this.#times.push(performance.now() - start);
      if (kilobytes(text, 'MemTotal') !== total) this.#wrong++;
    }
  }

  async stop(): Promise<{ reads: number; wrong: number; worst: number }> {
    this.#going = false;
    await this.#reading;
    return { reads: this.#times.length, wrong: this.#wrong, worst: Math.max(...this.#times) };
  }
}
