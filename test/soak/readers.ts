/**
 * Thirty readers in ten containers: programs that look at each other's bodies (steady.c), top, vmstat, and Node.
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Test } from 'tap';
import { until } from '../e2e/helpers/command.ts';
import { type Container, startContainer } from '../e2e/helpers/container.ts';
import { FILES } from '../e2e/helpers/container-kind.ts';
import { compile, toolsDirectory } from '../e2e/helpers/programs.ts';

const CONTAINERS = 10;
const STEADY = join(toolsDirectory, 'soak-reader');
const NODE_READER = join(import.meta.dirname, 'node-reader.js');

const files = FILES.filter((file) => !file.startsWith('pressure/')).map((file) => `/proc/${file}`);

export interface Seen {
  readonly readers: number;
  /** Of programs that count their reads. */
  readonly reads: number;
  /** Seconds that the slowest of these took. */
  readonly longest: number;
  /** What was wrong: errors, bodies that do not fit together, counters that ran backwards. */
  readonly faults: readonly string[];
}

/** What a reader prints when it is told to end. */
interface Told {
  readonly reads: number;
  readonly longest: number;
}

/** Whether a line of a program's output is right. */
type Judge = (line: string) => boolean;

interface Size {
  readonly kilobytes: number;
  readonly cpus: number;
}

/** `top -b` tells the memory at each turn. */
const topIsRight =
  ({ kilobytes }: Size): Judge =>
  (line) => {
    const total = /^MiB Mem *: *([\d.]+) total/.exec(line)?.[1];
    return total === undefined ? !/error|failed/.test(line) : Number(total) === kilobytes / 1024;
  };

/** `vmstat` prints differences: one that is negative is printed as a huge number. */
const vmstatIsRight: Judge = (line) =>
  /^(procs| r )/.test(line) ||
  (/^[\s\d]+$/.test(line) && (line.match(/\d+/g) ?? []).every((word) => word.length < 10));

/** Started in a container. Without a judge it tells its figures as JSON, and nothing else unless something is wrong. */
class Reader {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #judge: Judge | null;
  readonly faults: string[] = [];
  #text = '';
  #lines = 0;
  told: Told | null = null;

  constructor(container: Container, argv: readonly string[], judge: Judge | null) {
    this.#name = argv.join(' ').slice(0, 60);
    this.#judge = judge;
    // What they complain of is a fault as well.
    this.#child = container.start(['sh', '-c', 'exec "$@" 2>&1', 'sh', ...argv]);
    this.#child.stdout?.setEncoding('latin1').on('data', (piece: string) => this.#hear(piece));
  }

  #hear(piece: string): void {
    const lines = (this.#text + piece).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      this.#lines++;
      if (line.startsWith('{')) this.told = JSON.parse(line) as Told;
      else if (this.#judge === null || !this.#judge(line))
        this.faults.push(`${this.#name}: ${line}`);
    }
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Programs that know no end are ended by the container's. */
  get done(): boolean {
    return this.#judge === null ? this.told !== null : this.#lines > 0;
  }

  end(): void {
    if (this.ended) this.faults.push(`${this.#name}: ended by itself, ${this.#child.exitCode}`);
    this.#child.stdin?.end();
  }
}

/** Three in each container; the third differs. */
function readersIn(container: Container, i: number, size: Size): Reader[] {
  const steady = (how: string): Reader =>
    new Reader(container, [STEADY, how, String(size.kilobytes), ...files], null);
  const third = [
    () => new Reader(container, ['top', '-b', '-d', '0.3'], topIsRight(size)),
    () => new Reader(container, ['vmstat', '-n', '-y', '1'], vmstatIsRight),
    () => new Reader(container, [process.execPath, NODE_READER, String(size.cpus)], null),
    () => steady('pieces'),
  ];
  return [
    steady('fresh'),
    steady('held'),
    ...third.slice(i % 4, (i % 4) + 1).map((make) => make()),
  ];
}

export class Crowd {
  readonly #readers: Reader[] = [];

  /** In containers that bind what is served at `bind`. */
  static async start(t: Test, bind: string): Promise<Crowd> {
    await compile(join(import.meta.dirname, '../../../test/soak/readers.c'), STEADY);
    const crowd = new Crowd();
    for (let i = 0; i < CONTAINERS; i++) {
      const size = { kilobytes: 1024 * (128 + 8 * i), cpus: 1 + (i % 2) };
      const limits = { memory: size.kilobytes * 1024, quota: size.cpus, cpuset: '0-1' };
      const container = await startContainer(t, { limits, bind });
      crowd.#readers.push(...readersIn(container, i, size));
    }
    return crowd;
  }

  async end(): Promise<Seen> {
    for (const reader of this.#readers) reader.end();
    await until('all readers tell what they saw', () => this.#readers.every(({ done }) => done));
    const told = this.#readers.flatMap((reader) => reader.told ?? []);
    return {
      readers: this.#readers.length,
      reads: told.reduce((sum, { reads }) => sum + reads, 0),
      longest: Math.max(...told.map(({ longest }) => longest)),
      faults: this.#readers.flatMap(({ faults }) => faults),
    };
  }
}
