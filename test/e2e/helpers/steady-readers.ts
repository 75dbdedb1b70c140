/**
 * Readers in containers that read without a pause, in all ways, and miss nothing: what a test does to the
 * daemon meanwhile must not be seen.
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import type { Test } from 'tap';
import { until } from './command.ts';
import { startContainer } from './container.ts';
import { reader } from './programs.ts';
import { MiB } from './suite.ts';

/** In each container: three of each, one for each way to read. */
const READERS = '3';

export interface Seen {
  readonly reads: number;
  /** Seconds that the slowest read took. */
  readonly longest: number;
}

interface Running {
  readonly child: ChildProcess;
  text: string;
  /** Whether all of its text has come. */
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

  /** Starts containers that bind what is served at `bind`, with different limits, and readers in each. */
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

  /** Lets them end. Fails the test for each that has read anything wrong, or did not come to an end. */
  async end(t: Test): Promise<Seen> {
    for (const { child } of this.#running) child.stdin?.end();
    await until('all readers end', () => this.#running.every(({ closed }) => closed));
    const wrong = this.#running.filter(({ child }) => child.exitCode !== 0);
    t.strictSame(
      wrong.map(({ text }) => text),
      [],
      'every read gave what it should',
    );
    const numbers = (name: string): number[] =>
      this.#running.flatMap(({ text }) =>
        [...text.matchAll(new RegExp(`^${name} (\\S+)$`, 'gm'))].map(([, number]) =>
          Number(number),
        ),
      );
    const reads = numbers('reads');
    t.equal(reads.length, this.#running.length * Number(READERS), 'all readers came to the end');
    return {
      reads: reads.reduce((sum, each) => sum + each, 0),
      longest: Math.max(...numbers('longest')),
    };
  }
}
