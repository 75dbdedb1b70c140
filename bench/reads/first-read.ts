/** Time of the first read in a container that is new to the server. */
import { join } from 'node:path';
import { Cleanup } from '../harness/cleanup.ts';
import { createContainer } from '../harness/container.ts';
import type { Bench, Target } from '../targets/targets.ts';
import { pathOf } from './options.ts';
import { Reader } from './reader.ts';
import { memory, root } from './run.ts';

let made = 0;

/** Starts a container and reads once. Returns the time, us. */
async function once(bench: Bench, mount: string, file: string): Promise<number> {
  const cleanup = new Cleanup();
  try {
    const name = `procview-first-${process.pid}-${made++}`;
    const limits = { memory, cpus: [0] };
    const container = await createContainer(name, bench.options.depth, limits, cleanup);
    const reader = await Reader.build(root, container, bench.signal);
    const job = { path: join(mount, pathOf(file)), threads: 1, seconds: 5, warm: -1, buffer: 8192 };
    const first = { ...job, minBytes: 1, cpu: undefined, iterations: 1 };
    const { result } = await reader.measure(first, () => undefined);
    if (result.cats !== 1) throw new Error(`first read of ${file}: ${result.error || 'empty'}`);
    return result.max;
  } finally {
    await cleanup.run();
  }
}

/** First reads in `times` new containers for each target by turns, us. */
export async function firstReads(
  bench: Bench,
  targets: readonly Target[],
  file: string,
  times: number,
): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>(targets.map(({ name }) => [name, []]));
  for (let i = 0; i < times; i++) {
    for (const { name, path } of targets) {
      const mount = path.slice(0, -pathOf(bench.options.file).length);
      found.get(name)?.push(await once(bench, mount, file));
    }
  }
  return found;
}
