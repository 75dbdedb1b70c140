import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { native } from '../../src/native/addon.ts';
import { Cpu, Times } from '../../src/sampling/cpu-times.ts';
import { Ledger, ledgerKey } from '../../src/sampling/ledger.ts';
import type { ChangerOptions } from './ledger-changer.ts';
import type { Report, ThreadOptions } from './ledger-thread.ts';

const THREADS = 3;
const ROUNDS = 30_000;

const work = async (options: ThreadOptions): Promise<Report> => {
  const url = new URL('./ledger-thread.js', import.meta.url);
  const [report] = (await once(new Worker(url, { workerData: options }), 'message')) as [Report];
  return report;
};

t.test('threads that advance one record at once', async (t) => {
  const options = { path: `${t.testdir({})}/ledger`, key: ledgerKey('shared'), rounds: ROUNDS };
  const began = native.bootTime();
  const ledger = new Ledger(options.path, 2, 'boot', 'exclusive');
  const entry = ledger.entry(options.key, began, began + 1);
  let start = Number.NaN;
  entry.update('cpu', ({ times }) => {
    start = times[Times.at] ?? 0;
  });
  const reports = await Promise.all(Array.from({ length: THREADS }, () => work(options)));
  for (const { backwards, refused, done } of reports) {
    t.equal(backwards, 0, 'no counter ran backwards');
    t.equal(done + refused, ROUNDS);
    t.ok(done > ROUNDS / 2, `${refused} refused`);
  }
  const done = reports.reduce((sum, report) => sum + report.done, 0);
  entry.update('cpu', ({ load, times }) => {
    t.equal(load.at(-1), done, 'every change counts once: they exclude each other');
    const cpu0 = times.subarray(Times.header, Times.header + Cpu.hostUsage);
    const gained = cpu0.reduce((sum, each) => sum + each, 0);
    const wall = (times[Times.at] ?? 0) - start;
    t.ok(Math.abs(gained - wall) < 1, `${gained} us in ${wall}`);
  });
});

/** A record in the middle of a change. */
async function changing(pause: number, path: string) {
  const options: ChangerOptions = { path, key: ledgerKey('changed'), pause, values: [7, 5] };
  const entry = new Ledger(path, 2, 'boot', 'exclusive').entry(options.key, Number.NaN, 9);
  const url = new URL('./ledger-changer.js', import.meta.url);
  const worker = new Worker(url, { workerData: options });
  await once(worker, 'message');
  return { entry, ended: once(worker, 'exit') };
}

t.test('an unfinished change is not visible: a kill would undo it', async (t) => {
  const { entry, ended } = await changing(30, `${t.testdir({})}/ledger`);
  const seen: unknown[] = [];
  entry.peek(({ disks }) => seen.push(disks[0]));
  entry.read(({ disks }) => seen.push(disks[0]));
  t.strictSame(seen, [7, 5]);
  await ended;
});

t.test('a reader does not wait forever', async (t) => {
  const { entry, ended } = await changing(1000, `${t.testdir({})}/ledger`);
  const start = performance.now();
  entry.read(({ disks }) => t.equal(disks[0], 7, 'as it is'));
  t.ok(performance.now() - start < 500);
  await ended;
});
