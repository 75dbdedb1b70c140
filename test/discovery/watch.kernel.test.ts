import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { native } from '../../src/native/addon.ts';
import { type NativeWatch, WatchEvent } from '../../src/native/watch.ts';

/** A watch, and a function that waits for its next events. */
function open(t: Test): { watch: NativeWatch; events: () => Promise<number[][]> } {
  let ready: () => void = () => undefined;
  let next = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const watch = new native.Watch(() => ready());
  t.teardown(() => watch.close());
  const events = async (): Promise<number[][]> => {
    // A pending promise alone does not keep the loop alive, and neither does the watch.
    const timer = setInterval(() => undefined, 1000);
    await next;
    clearInterval(timer);
    next = new Promise((resolve) => {
      ready = resolve;
    });
    const flat = [...watch.take()];
    return flat.flatMap((kind, i) => (i % 2 === 0 ? [[kind, flat[i + 1] ?? 0]] : []));
  };
  return { watch, events };
}

t.test(
  'one event for many directories that are created and removed in a watched one',
  async (t) => {
    const root = t.testdir({ a: {}, b: {} });
    const { watch, events } = open(t);
    const [a, b] = [watch.add(`${root}/a`), watch.add(`${root}/b`)];
    t.ok(a > 0 && b > 0 && a !== b);
    t.equal(watch.add(`${root}/a`), a, 'the same number again');
    for (let i = 0; i < 10; i++) fs.mkdirSync(`${root}/a/${i}`);
    t.same(await events(), [[WatchEvent.children, a]]);
    fs.mkdirSync(`${root}/a/x`);
    fs.rmdirSync(`${root}/a/0`);
    fs.mkdirSync(`${root}/b/x`);
    t.same(await events(), [
      [WatchEvent.children, a],
      [WatchEvent.children, b],
    ]);
    watch.remove(a);
    fs.mkdirSync(`${root}/a/y`);
    fs.mkdirSync(`${root}/b/y`);
    t.same(await events(), [[WatchEvent.children, b]]);
  },
);

t.test('only files with processes cause events', async (t) => {
  const root = t.testdir({ 'cgroup.procs': '', 'memory.max': '', tasks: '' });
  const { watch, events } = open(t);
  const number = watch.add(root);
  fs.writeFileSync(`${root}/memory.max`, '1');
  fs.writeFileSync(`${root}/other`, '1');
  fs.writeFileSync(`${root}/cgroup.procs`, '1');
  fs.writeFileSync(`${root}/tasks`, '1');
  t.same(await events(), [[WatchEvent.members, number]]);
});

t.test('a process that ends', async (t) => {
  const { watch, events } = open(t);
  const child = spawn('sleep', ['300']);
  t.teardown(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  t.equal(watch.addProcess(pid), 0);
  t.equal(watch.addProcess(pid), 0, 'twice is once');
  child.kill();
  await once(child, 'exit');
  t.ok(watch.addProcess(pid) < 0, 'a zombie');
  t.same(await events(), [[WatchEvent.ended, pid]]);
  t.ok(watch.addProcess(pid) < 0, 'gone');
});

t.test('a process that has ended, without a parent that has waited for it', async (t) => {
  const { watch } = open(t);
  // It ends after its parent has become another program: a shell would wait for it.
  const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 300']);
  t.teardown(() => parent.kill('SIGKILL'));
  const [pid] = await once(parent.stdout, 'data');
  const state = (): string => fs.readFileSync(`/proc/${Number(pid)}/stat`, 'latin1');
  while (!state().includes(' Z ')) await delay(5);
  t.equal(watch.addProcess(Number(pid)), -3);
});

t.test('more events than the queue holds', async (t) => {
  const root = t.testdir({});
  const { watch, events } = open(t);
  watch.add(root);
  const most = Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events', 'latin1'));
  for (let i = 0; i <= most / 2; i++) {
    fs.mkdirSync(`${root}/${i % 10}`);
    fs.rmdirSync(`${root}/${i % 10}`);
  }
  t.same((await events())[0], [WatchEvent.lost, 0]);
});

t.test('paths and pids that cannot be watched', async (t) => {
  const { watch } = open(t);
  t.equal(watch.add('/no/such'), -2);
  t.ok(watch.add('/no\0such') < 0);
  for (const pid of [0, -1, 1 << 30]) t.ok(watch.addProcess(pid) < 0, String(pid));
  watch.remove(12345);
  watch.removeProcess(12345);
  t.equal(watch.take().length, 0);
  watch.close();
  watch.close();
});
