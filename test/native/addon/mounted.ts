/**
 * A mount for a test, served by workers of this process. Only child processes read it: a process that reads its own
 * mount can wait for itself for ever.
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Test } from 'tap';
import { native } from '../../../src/native/addon.ts';
import type { NativeSession } from '../../../src/native/session.ts';
import { nodes, type ServingOptions } from './tree.ts';

const run = promisify(execFile);

/** Mounts that `/proc/mounts` shows at this place. */
export function mountsAt(point: string): string[] {
  const lines = readFileSync('/proc/mounts', 'latin1').split('\n');
  return lines.filter((line) => line.split(' ')[1] === point.replaceAll(' ', '\\040'));
}

function start(options: ServingOptions): { worker: Worker; ended: Promise<unknown> } {
  const thread = new Worker(new URL('./serving-worker.js', import.meta.url), {
    workerData: options,
    execArgv: [],
  });
  const ended = new Promise((resolve) => {
    thread.once('message', resolve);
    thread.once('error', resolve);
    thread.once('exit', resolve);
  });
  return { worker: thread, ended };
}

/** One served mount. */
export class Mounted {
  readonly point: string;
  readonly session: NativeSession;
  readonly #serving: { worker: Worker; ended: Promise<unknown> }[] = [];

  constructor(workers: number, numbered: boolean) {
    this.point = mkdtempSync(join(tmpdir(), 'procview test-'));
    this.session = new native.Session({ mountpoint: this.point, fsname: 'test', nodes, workers });
    for (let i = 0; i < workers; i++) {
      this.#serving.push(start({ id: this.session.id, worker: i, numbered }));
    }
  }

  /** The result of each worker: the return value of `serve`, or its error. */
  ended(): Promise<unknown[]> {
    return Promise.all(this.#serving.map(({ ended }) => ended));
  }

  async terminate(): Promise<void> {
    await Promise.all(this.#serving.map(({ worker }) => worker.terminate()));
  }

  counters(): number[] {
    const into = new Float64Array(9);
    this.session.counters(into);
    return [...into];
  }

  /** The same once no file is open, or after 5 s: close(2) does not wait until the RELEASE is answered. */
  async countersAtRest(): Promise<number[]> {
    const end = performance.now() + 5000;
    while ((this.counters()[5] ?? 0) > 0 && performance.now() < end) await setTimeout(20);
    return this.counters();
  }

  /** Runs a program in the mount. Returns its output. */
  async run(program: string, ...args: string[]): Promise<string> {
    const options = { cwd: this.point, timeout: 20_000, maxBuffer: 1 << 24 };
    const { stdout } = await run(program, args, { ...options, encoding: 'latin1' });
    return stdout;
  }

  /** Runs a script in the mount, with `fs` imported. Returns the value that it passes to `say`. */
  async script(code: string): Promise<unknown> {
    const head = "const fs = require('fs'); const say = (x) => console.log(JSON.stringify(x));";
    return JSON.parse(await this.run(process.execPath, '-e', head + code));
  }

  async close(): Promise<void> {
    try {
      this.session.stop();
    } finally {
      this.session.unmount();
      await this.terminate();
      rmdirSync(this.point);
    }
  }
}

/**
 * A mount that is gone when the test is over, however it ends.
 * @param numbered all readers are of container 1, and what it sees is kept
 */
export function mounted(t: Test, workers = 1, numbered = false): Mounted {
  const mount = new Mounted(workers, numbered);
  t.teardown(() => mount.close());
  return mount;
}
