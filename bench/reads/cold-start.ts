/** Time of a server from its start to the first bytes of a file, and its memory without readers. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '../harness/child.ts';
import { Cleanup } from '../harness/cleanup.ts';
import { type ServerCommand, startServer } from '../harness/server.ts';
import type { Bench } from '../targets/targets.ts';
import { pathOf } from './options.ts';

export interface ColdStart {
  /** Time from the start of the process to the first bytes, ms. */
  readonly firstAnswer: number;
  /** RSS two seconds later, bytes. */
  readonly rss: number;
}

/** CLOCK_MONOTONIC in ms, the clock that the reader prints. */
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export async function coldStart(bench: Bench, command: ServerCommand): Promise<ColdStart> {
  const cleanup = new Cleanup();
  const file = join(command.mount, pathOf(bench.options.file));
  const waiting = start(bench.reader.binary, ['-a', '-f', file], bench.signal);
  try {
    await sleep(50);
    const before = now();
    const server = await startServer(command, cleanup, bench.signal);
    const at = Number(await waiting.line());
    if (!(at > before)) throw new Error(`${command.name} does not reply. ${waiting.errors()}`);
    await sleep(2000);
    return { firstAnswer: at - before, rss: server.rss() };
  } finally {
    await cleanup.run();
    waiting.kill('SIGKILL');
    await waiting.ended();
  }
}
