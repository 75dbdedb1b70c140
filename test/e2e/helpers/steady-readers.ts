/**
 * Readers in containers that read without a pause while a test kills, replaces or reloads the daemon, and that check
 * every read.
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import type { Test } from 'tap';
import { until } from './command.ts';
import { startContainer } from './container.ts';
import { reader } from './programs.ts';
import { MiB } from './suite.ts';

/** Readers of each file in each container: one for each way to read (reader.c, check). */
const READERS = '3';

export interface ReadTotals {
  readonly reads: number;
  /** Seconds that the slowest read took. */
  readonly longest: number;
}

interface Running {
  readonly child: ChildProcess;
  text: string;
  /** Whether its output has ended. */
  closed: boolean;
}

function checks(mebibytes: number, cpus: number): string[][] {
  return [
    ['/proc/meminfo', 'MemTotal:', `${mebibytes * 1024} kB`],
    ['/proc/cpuinfo', 'processor', `#${cpus}`],
    ['/proc/stat', 'cpu', `#${cpus + 1}`],
  ];
}

export class SteadyReaders {
  readonly #running: Running[] = [];

  /** Starts containers that bind the files served at `bind`, with different limits, and readers in each. */
  static async start(t: Test, bind: string, containers = 3): Promise<SteadyReaders> {
    const readers = new SteadyReaders();
    for (let i = 0; i < containers; i++) {
      const mebibytes = 48 + 16 * i;
      const cpus = 1 + (i % 2);
      const limits = { memory: mebibytes * MiB, quota: cpus, cpuset: '0-1' };
      const container = await startContainer(t, { limits, bind });
      for (const check of checks(mebibytes, cpus)) {
        const child = container.start([reader, 'check', ...check, '-1', READERS]);
        const running: Running = { child, text: '', closed: false };
        child.stdout?.on('data', (piece: Buffer) => {
          running.text += piece.toString('latin1');
        });
        child.once('close', () => {
          running.closed = true;
        });
        readers.#running.push(running);
      }
    }
    return readers;
  }

  /** Ends all readers. Fails the test if one has read a wrong text, or does not end. */
  async end(t: Test): Promise<ReadTotals> {
    for (const { child } of this.#running) child.stdin?.end();
    await until('all readers end', () => this.#running.every(({ closed }) => closed));
    const wrong = this.#running.filter(({ child }) => child.exitCode !== 0);
    t.strictSame(
      wrong.map(({ text }) => text),
      [],
      'every read returned the expected text',
    );
    const numbers = (name: string): number[] =>
      this.#running.flatMap(({ text }) =>
        [...text.matchAll(new RegExp(`^${name} (\\S+)$`, 'gm'))].map(([, number]) =>
          Number(number),
        ),
      );
    const reads = numbers('reads');
    t.equal(reads.length, this.#running.length * Number(READERS), 'all readers ended and reported');
    return {
      reads: reads.reduce((sum, each) => sum + each, 0),
      longest: Math.max(...numbers('longest')),
    };
  }
}
