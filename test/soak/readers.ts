/**
 * Thirty readers in ten containers that check each text against the one before: readers.c, top, vmstat and Node.
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
const READER = join(toolsDirectory, 'soak-reader');
const NODE_READER = join(import.meta.dirname, 'node-reader.js');

const files = FILES.filter((file) => !file.startsWith('pressure/')).map((file) => `/proc/${file}`);

export interface Totals {
  readonly readers: number;
  /** Reads of the programs that count them. */
  readonly reads: number;
  /** The slowest of these reads, seconds. */
  readonly longest: number;
  /** Errors, texts that do not match the one before, decreased counters. */
  readonly faults: readonly string[];
}

/** The JSON line that a reader prints at its end. */
interface Report {
  readonly reads: number;
  readonly longest: number;
}

/** Whether a line of a program's output is correct. */
type LineCheck = (line: string) => boolean;

interface Size {
  readonly kilobytes: number;
  readonly cpus: number;
}

/** `top -b` prints the memory in each iteration. */
const topIsRight =
  ({ kilobytes }: Size): LineCheck =>
  (line) => {
    const total = /^MiB Mem *: *([\d.]+) total/.exec(line)?.[1];
    return total === undefined ? !/error|failed/.test(line) : Number(total) === kilobytes / 1024;
  };

/** `vmstat` prints differences; a negative one appears as a huge number. */
const vmstatIsRight: LineCheck = (line) =>
  /^(procs| r )/.test(line) ||
  (/^[\s\d]+$/.test(line) && (line.match(/\d+/g) ?? []).every((word) => word.length < 10));

/** A program in a container. Without a line check, it prints a line for each fault, and a report at its end. */
class Reader {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #isCorrect: LineCheck | null;
  readonly faults: string[] = [];
  #text = '';
  #lines = 0;
  report: Report | null = null;

  constructor(container: Container, argv: readonly string[], isCorrect: LineCheck | null) {
    this.#name = argv.join(' ').slice(0, 60);
    this.#isCorrect = isCorrect;
    // Error messages count as faults.
    this.#child = container.start(['sh', '-c', 'exec "$@" 2>&1', 'sh', ...argv]);
    this.#child.stdout?.setEncoding('latin1').on('data', (piece: string) => this.#onOutput(piece));
  }

  #onOutput(piece: string): void {
    const lines = (this.#text + piece).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      this.#lines++;
      if (line.startsWith('{')) this.report = JSON.parse(line) as Report;
      else if (this.#isCorrect === null || !this.#isCorrect(line))
        this.faults.push(`${this.#name}: ${line}`);
    }
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Whether it has reported. top and vmstat do not end on EOF; for them one line is enough. */
  get done(): boolean {
    return this.#isCorrect === null ? this.report !== null : this.#lines > 0;
  }

  end(): void {
    if (this.ended) this.faults.push(`${this.#name}: ended too early, ${this.#child.exitCode}`);
    this.#child.stdin?.end();
  }
}

/** Three readers for each container; the third differs from container to container. */
function readersIn(container: Container, i: number, size: Size): Reader[] {
  const checker = (how: string): Reader =>
    new Reader(container, [READER, how, String(size.kilobytes), ...files], null);
  const third = [
    () => new Reader(container, ['top', '-b', '-d', '0.3'], topIsRight(size)),
    () => new Reader(container, ['vmstat', '-n', '-y', '1'], vmstatIsRight),
    () => new Reader(container, [process.execPath, NODE_READER, String(size.cpus)], null),
    () => checker('pieces'),
  ];
  return [
    checker('fresh'),
    checker('held'),
    ...third.slice(i % 4, (i % 4) + 1).map((make) => make()),
  ];
}

export class SoakReaders {
  readonly #readers: Reader[] = [];

  /** Starts readers in containers that bind the files served at `bind`. */
  static async start(t: Test, bind: string): Promise<SoakReaders> {
    await compile(join(import.meta.dirname, '../../../test/soak/readers.c'), READER);
    const readers = new SoakReaders();
    for (let i = 0; i < CONTAINERS; i++) {
      const size = { kilobytes: 1024 * (128 + 8 * i), cpus: 1 + (i % 2) };
      const limits = { memory: size.kilobytes * 1024, quota: size.cpus, cpuset: '0-1' };
      const container = await startContainer(t, { limits, bind });
      readers.#readers.push(...readersIn(container, i, size));
    }
    return readers;
  }

  /** Ends the readers and collects their reports. */
  async end(): Promise<Totals> {
    for (const reader of this.#readers) reader.end();
    await until('all readers report', () => this.#readers.every(({ done }) => done));
    const reports = this.#readers.flatMap((reader) => reader.report ?? []);
    return {
      readers: this.#readers.length,
      reads: reports.reduce((sum, { reads }) => sum + reads, 0),
      longest: Math.max(...reports.map(({ longest }) => longest)),
      faults: this.#readers.flatMap(({ faults }) => faults),
    };
  }
}
