import fs from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { countDisk, diskOf } from './helpers/block-device.ts';
import { output, until } from './helpers/command.ts';
import { type Container, type InsideReader, startContainer } from './helpers/container.ts';
import { backwards, countersOf, counting, highest } from './helpers/counters.ts';
import { type Daemon, startDaemon } from './helpers/daemon.ts';
import { cpuTicks } from './helpers/proc-text.ts';
import { reader, toolsDirectory } from './helpers/programs.ts';
import { prepare } from './helpers/suite.ts';

await prepare(240);

const PERIOD = 50;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls one file from inside; compares every value with the highest that was read before. */
class CounterWatch {
  readonly wrong: string[] = [];
  reads = 0;
  readonly #file: string;
  readonly #path: string;
  readonly #inside: InsideReader;
  #highest = new Map<string, number>();
  #ended = false;
  readonly #done: Promise<void>;

  constructor(container: Container, daemon: Daemon, file: string) {
    this.#file = file;
    this.#path = daemon.file(file);
    this.#inside = container.inside();
    this.#done = this.#poll();
  }

  async #poll(): Promise<void> {
    while (!this.#ended) {
      const text = await this.#inside.read(this.#path).catch(() => null);
      if (text !== null) this.#compare(text);
      await sleep(PERIOD);
    }
  }

  #compare(text: string): void {
    const now = countersOf(this.#file, text);
    this.wrong.push(...backwards(this.#highest, now).map((each) => `read ${this.reads}: ${each}`));
    this.#highest = highest(this.#highest, now);
    this.reads++;
  }

  /** Number of counters above 0. */
  get nonzero(): number {
    return [...this.#highest.values()].filter((value) => value > 0).length;
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#done;
  }
}

const disk = diskOf(toolsDirectory);

/** Endless disk I/O in a child cgroup that is removed and created again. */
const CHURN = `
while :; do
  mkdir "$0/below" && (echo 0 >"$0/below/cgroup.procs" && dd if="$1" of=/dev/null bs=1M iflag=direct)
  until rmdir "$0/below" || [ ! -d "$0/below" ]; do sleep 0.1; done
  sleep 0.3
done 2>/dev/null
`;

async function load(container: Container, file: string): Promise<void> {
  await output(['dd', 'if=/dev/zero', `of=${file}`, 'bs=1M', 'count=2', 'oflag=direct']);
  if (disk !== null) countDisk(container.cgroup, disk);
  for (let i = 0; i < 3; i++) container.start([reader, 'spin', '1000']);
  container.start(['sh', '-c', CHURN, container.cgroup.directory('blkio'), file]);
}

async function restart(daemon: Daemon): Promise<void> {
  await daemon.stop('SIGKILL');
  await daemon.unmount();
  await sleep(500);
  await daemon.start();
}

/** Waits until the counters had time to grow, and every file was read four times. */
async function readOn(watches: readonly CounterWatch[]): Promise<void> {
  const before = watches.map(({ reads }) => reads);
  await sleep(1000);
  await until('every file was read again', () =>
    watches.every(({ reads }, i) => reads > (before[i] ?? 0) + 3),
  );
}

/** The container's CPUs at first, then fewer, then more. */
const [all, few, more] = availableParallelism() < 4 ? ['0-1', '0', '0-1'] : ['0-3', '0-1', '0-2'];

t.test('no counter decreases while limits change and the daemon is killed', async (t) => {
  const file = join(toolsDirectory, `counters-${process.pid}`);
  t.teardown(() => fs.rmSync(file, { force: true }));
  const daemon = await startDaemon(t);
  const limits = { quota: 4, cpuset: all };
  const container = await startContainer(t, { limits, hostMounts: true });
  const { cgroup } = container;
  await load(container, file);
  const files = counting.filter((each) => fs.existsSync(daemon.file(each)));
  const watches = files.map((each) => new CounterWatch(container, daemon, each));
  const steps: readonly (() => void | Promise<void>)[] = [
    () => cgroup.set({ cpuset: few }),
    () => restart(daemon),
    () => cgroup.set({ cpuset: more }),
    () => cgroup.set({ quota: 0.4 }),
    () => restart(daemon),
    () => cgroup.set({ quota: 1.5 }),
  ];
  for (const step of steps) {
    await readOn(watches);
    await step();
  }
  await readOn(watches);
  for (const [i, watch] of watches.entries()) {
    await watch.end();
    t.strictSame(watch.wrong.slice(0, 5), [], `${files[i]}: ${watch.reads} reads`);
    t.ok(watch.reads > 20, 'more than 20 reads');
    const mayBeZero = files[i] === 'pressure/memory' || (files[i] === 'diskstats' && disk === null);
    t.ok(watch.nonzero > 0 || mayBeZero, `${watch.nonzero} counters are above 0`);
  }
});

/** Busy ticks in the container's stat. */
async function usedTicks(inside: InsideReader, daemon: Daemon): Promise<number> {
  const [sum] = cpuTicks(await inside.read(daemon.file('stat')));
  return sum ? sum.all - sum.idle : 0;
}

for (const watched of [true, false]) {
  const when = watched ? 'while the daemon serves' : 'while no daemon runs';
  t.test(
    `counters of a cgroup that is removed and created again ${when} start at zero`,
    async (t) => {
      const daemon = await startDaemon(t);
      const limits = { cpuset: '0-1' };
      const first = await startContainer(t, { limits, hostMounts: true });
      const inside = first.inside();
      for (let i = 0; i < 2; i++) first.start([reader, 'spin', '1000']);
      const busy = async () => (await usedTicks(inside, daemon)) > 400;
      await until('the first container has used four seconds', busy);
      const [age] = (await inside.read(daemon.file('uptime'))).split(' ').map(Number);
      if (!watched) await daemon.stop('SIGKILL');
      await first.stop();
      const second = await startContainer(t, { limits, hostMounts: true, cgroup: first.cgroup });
      t.equal(second.cgroup.path, first.cgroup.path, 'the same path');
      if (!watched) {
        await daemon.unmount();
        await daemon.start();
      }
      const used = await usedTicks(second.inside(), daemon);
      t.ok(used < 300, `${used} ticks`);
      const [now = 0] = (await second.inside().read(daemon.file('uptime'))).split(' ').map(Number);
      t.ok(watched ? now < (age ?? 0) : now < 60, `up ${now} s, the first was up ${age} s`);
    },
  );
}
