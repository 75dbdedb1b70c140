/** Builds and runs `reader.c` in the container. */
import { z } from 'zod';
import { run, start } from '../harness/child.ts';
import { compile } from '../harness/compile.ts';
import type { Container } from '../harness/container.ts';

const resultShape = z.object({
  cats: z.number(),
  seconds: z.number(),
  perSecond: z.number(),
  p50: z.number(),
  p99: z.number(),
  max: z.number(),
  bytes: z.number(),
  errors: z.number(),
  empty: z.number(),
  short: z.number(),
  error: z.string(),
  cpu: z.number(),
});

/** Latencies in us; `cpu` is the reader's own CPU time in us. */
export type ReaderResult = z.infer<typeof resultShape>;

export interface ReaderJob {
  readonly path: string;
  readonly threads: number;
  readonly seconds: number;
  readonly warm: number;
  readonly buffer: number;
  readonly minBytes: number;
  readonly cpu: number | undefined;
  /** Number of reads, in place of `seconds`. */
  readonly iterations?: number;
}

export class Reader {
  readonly binary: string;
  private readonly container: Container;
  private readonly signal: AbortSignal;

  private constructor(binary: string, container: Container, signal: AbortSignal) {
    this.binary = binary;
    this.container = container;
    this.signal = signal;
  }

  /** Compiles the reader; needs gcc, or the compiler in CC. */
  static async build(root: string, container: Container, signal: AbortSignal): Promise<Reader> {
    const binary = await compile(root, 'reader', [], signal);
    return new Reader(binary, container, signal);
  }

  private command(args: readonly string[]): readonly [string, readonly string[]] {
    const joins = this.container.cgroup.joins.flatMap((file) => ['-g', file]);
    return this.container.enter(this.binary, [...joins, ...args]);
  }

  /** Text of a file as a process in the container reads it. */
  async print(path: string): Promise<string> {
    const [command, args] = this.command(['-p', '-f', path]);
    return run(command, args, this.signal, 30_000);
  }

  /** One measurement. Calls `sample` right before and right after the counted time. */
  async measure<T>(
    job: ReaderJob,
    sample: () => T,
  ): Promise<{ result: ReaderResult; before: T; after: T }> {
    const [command, args] = this.command([
      ...['-f', job.path, '-t', String(job.threads), '-s', String(job.seconds)],
      ...['-w', String(job.warm), '-b', String(job.buffer), '-m', String(job.minBytes)],
      ...(job.cpu === undefined ? [] : ['-c', String(job.cpu)]),
      ...(job.iterations === undefined ? [] : ['-i', String(job.iterations)]),
    ]);
    const timeout = AbortSignal.timeout((job.seconds + job.warm + 10) * 1000);
    const child = start(command, args, AbortSignal.any([this.signal, timeout]));
    const exchange = async () => {
      const ready = await child.line();
      const before = sample();
      child.write('go\n');
      const line = await child.line();
      return { ready, line, before, after: sample() };
    };
    const { ready, line, before, after } = await exchange().catch((error: unknown) => {
      throw timeout.aborted ? new Error(`reader of ${job.path}: it hangs`) : error;
    });
    await child.ended();
    if (ready !== 'ready' || line === undefined)
      throw new Error(`reader of ${job.path}: ${child.errors() || 'ended early'}`);
    return { result: resultShape.parse(JSON.parse(line)), before, after };
  }
}
