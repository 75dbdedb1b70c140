import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';

const KEEPER = join(import.meta.dirname, '../../../../native/build/Release/procview-keeper');
const DAEMON = join(import.meta.dirname, 'fake-daemon.js');

interface Start {
  readonly at: number;
  readonly names: string;
  readonly kept: string;
}

/** A keeper of a daemon that does one act after the other. */
class Kept {
  readonly #child: ChildProcess;
  readonly #file: string;
  readonly ended: Promise<number | null>;
  said = '';

  constructor(t: Test, ...acts: string[]) {
    this.#file = join(t.testdir(), 'starts');
    writeFileSync(this.#file, '');
    const argv = [process.execPath, DAEMON, this.#file, ...acts];
    this.#child = spawn(KEEPER, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child.stderr?.on('data', (piece: Buffer) => {
      this.said += piece.toString();
    });
    this.ended = new Promise((resolve) => this.#child.once('close', resolve));
    t.teardown(() => this.#child.kill('SIGTERM'));
  }

  starts(): Start[] {
    const lines = readFileSync(this.#file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Start);
  }

  async started(times: number): Promise<Start[]> {
    const end = Date.now() + 20_000;
    while (this.starts().length < times) {
      if (Date.now() > end) throw new Error(`started ${this.starts().length} times: ${this.said}`);
      await sleep(20);
    }
    return this.starts();
  }

  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }
}

t.test(
  'one that served and does not any more is tried again, after longer and longer',
  async (t) => {
    const kept = new Kept(t, 'die', 'fail', 'fail', 'fail', 'fail', 'stay');
    const starts = await kept.started(6);
    const pauses = starts.slice(1).map(({ at }, i) => at - (starts[i]?.at ?? 0));
    for (const [i, least] of [0, 100, 200, 400, 800].entries()) {
      t.ok((pauses[i] ?? 0) >= least, `${pauses[i]} ms, ${least} at least`);
    }
    t.match(kept.said, /ended by a signal, starting it again: Killed\n(.*again: code 3\n){4}$/);
    t.equal(await kept.stop(), 0, 'a stop of the keeper is one of the daemon');
  },
);

t.test('what it has given to keep, all that follow get', async (t) => {
  const kept = new Kept(t, 'die', 'die', 'stay');
  const [first, ...next] = await kept.started(3);
  t.equal(first?.names, '');
  const hostname = readFileSync('/proc/sys/kernel/hostname', 'utf8');
  for (const { names, kept } of next) t.strictSame([names, kept], ['hostname', hostname]);
});

t.test('one that never came to serve is not tried again', async (t) => {
  const kept = new Kept(t, 'fail', 'stay');
  t.equal(await kept.ended, 3);
  t.equal(kept.starts().length, 1);
});
