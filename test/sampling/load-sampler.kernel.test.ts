import { execFileSync } from 'node:child_process';
import t, { type Test } from 'tap';
import { ProcessReader } from '../../src/containers/process.ts';
import { Resolver } from '../../src/containers/resolve.ts';
import { native } from '../../src/native/addon.ts';
import { Ledger, Load, ledgerKey } from '../../src/sampling/ledger.ts';
import { untilSample } from '../../src/sampling/load-average.ts';
import { LOAD_PERIOD, loadSample } from '../../src/sampling/load-sample.ts';
import { LoadSampler } from '../../src/sampling/load-sampler.ts';
import {
  cannot,
  childOf,
  layout,
  RealCgroup,
  startIn,
  startInit,
  textOf,
  until,
} from '../helpers/real-host.ts';

const CPUS = 8;
const options = { skip: cannot };

/** Busy without a child process. */
const BUSY = ['sh', '-c', 'while :; do :; done'];

function samplerIn(t: Test) {
  const ledger = new Ledger(`${t.testdir({})}/ledger`, CPUS, 'boot', 'exclusive');
  return { ledger, sampler: new LoadSampler(ledger, new ProcessReader('/proc'), layout) };
}

function containerOf(pid: number) {
  const container = new Resolver('/proc', layout).resolve(pid, textOf(`/proc/${pid}/cgroup`));
  if (!container) throw new Error(`${pid} is in no container`);
  return container;
}

/** The figures of /proc/loadavg and stat. */
const shown = (ledger: Ledger, key: string) =>
  loadSample(ledger.entry(ledgerKey(key), Number.NaN, native.bootTime()), undefined);

/** Changes the clock of a container's load, as if time had passed. */
function passed(ledger: Ledger, key: string, us: number): void {
  ledger.entry(ledgerKey(key), Number.NaN, native.bootTime()).update('cpu', ({ load }) => {
    load[Load.tick] = (load[Load.tick] ?? 0) - us;
  });
}

const stateOf = (pid: number): string => textOf(`/proc/${pid}/stat`).split(') ')[1]?.[0] ?? '';

/** Waits until no sample is due within half a second. */
const betweenSamples = () =>
  until('a moment between samples', () => untilSample(native.bootTime(), LOAD_PERIOD) > 500_000);

t.test('tasks of a container and all below, counted when it is added', options, async (t) => {
  const top = new RealCgroup(t);
  const below = top.child(t, 'a').child(t, 'b');
  const init = await startInit(t, top);
  const enter = ['nsenter', '-t', `${init}`, '-p'];
  const busy = await childOf(startIn(t, below, ...enter, ...BUSY), 'sh');
  const { ledger, sampler } = samplerIn(t);
  await betweenSamples();
  const container = containerOf(init);
  sampler.add(container);
  const own = new ProcessReader('/proc').status(busy)?.namespacePids.at(-1);
  // unshare, the init, nsenter, the loop; the loop and the reader are running.
  t.match(shown(ledger, container.key), { running: 2, blocked: 0, total: 4, lastPid: own });
  t.equal(own, 2, 'a pid of the container’s own namespace');
  t.same(shown(ledger, container.key)?.averages[0], [0, 0], 'that moment is no fair sample');
  passed(ledger, container.key, LOAD_PERIOD);
  sampler.tick();
  t.same(shown(ledger, container.key)?.averages[0], [0, 8], '1 - exp(-5/60) of one task');
});

/** The parent of a vfork(2) waits for its child in state D: TASK_KILLABLE, as in NFS or in a page fault. */
const VFORK = new Map<string, number>([
  ['x64', 56],
  ['arm64', 220],
]);
const CLONE_VFORK_VM = 0x4111;
const clone = VFORK.get(process.arch);

const noPerl = ((): string | false => {
  try {
    execFileSync('perl', ['-e', '1']);
    return clone === undefined && 'clone(2) has an unknown number here';
  } catch {
    return 'no perl to call vfork with';
  }
})();

t.test('a task that waits uninterruptibly', { skip: cannot || noPerl }, async (t) => {
  const cgroup = new RealCgroup(t);
  const init = await startInit(t, cgroup);
  const script = `syscall(${clone}, ${CLONE_VFORK_VM}, 0, 0, 0, 0); sleep 300`;
  const enter = startIn(t, cgroup, 'nsenter', '-t', `${init}`, '-p', 'perl', '-e', script);
  const parent = await childOf(enter, 'perl');
  await until('the vfork', () => stateOf(parent) === 'D');
  const { ledger, sampler } = samplerIn(t);
  const container = containerOf(init);
  sampler.add(container);
  t.match(shown(ledger, container.key), { blocked: 1, total: 5 });
});

t.test('two containers, one of them idle', options, async (t) => {
  const [a, b] = [new RealCgroup(t), new RealCgroup(t)];
  const busy = containerOf(await startInit(t, a, BUSY));
  const idle = containerOf(await startInit(t, b));
  const { ledger, sampler } = samplerIn(t);
  for (const container of [busy, idle, busy]) sampler.add(container);
  t.equal(sampler.size, 2, 'known by its key');
  for (const { key } of [busy, idle]) passed(ledger, key, 2 * LOAD_PERIOD);
  sampler.tick();
  t.ok((shown(ledger, busy.key)?.averages[0]?.[1] ?? 0) > 0);
  t.same(shown(ledger, idle.key)?.averages, [
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
});

t.test('an idle container that wakes up is counted again', options, async (t) => {
  const cgroup = new RealCgroup(t);
  const container = containerOf(await startInit(t, cgroup));
  const { ledger, sampler } = samplerIn(t);
  sampler.add(container);
  sampler.tick();
  const entry = ledger.entry(ledgerKey(container.key), Number.NaN, native.bootTime());
  const running = (): number => {
    let value = Number.NaN;
    entry.update('cpu', ({ load }) => {
      value = load[Load.running] ?? Number.NaN;
    });
    return value;
  };
  t.equal(running(), 0);
  startIn(t, cgroup, ...BUSY);
  await until('the loop to be seen', () => {
    sampler.tick();
    return running() === 1;
  });
  t.pass();
});

t.test('a container that has slept for long had no load meanwhile', options, async (t) => {
  const cgroup = new RealCgroup(t);
  const container = containerOf(await startInit(t, cgroup));
  const { ledger, sampler } = samplerIn(t);
  sampler.add(container);
  await until('it sleeps', () => {
    sampler.tick();
    return shown(ledger, container.key)?.running === 1;
  });
  // As if it had been skipped for ten minutes, up to the last sample.
  passed(ledger, container.key, 600_000_000);
  startIn(t, cgroup, ...BUSY);
  await until('the loop to be seen', () => {
    sampler.tick();
    return shown(ledger, container.key)?.running === 2;
  });
  const [whole = 1, hundredths = 0] = shown(ledger, container.key)?.averages[0] ?? [];
  t.ok(whole === 0 && hundredths <= 16, `0.${hundredths}: of two samples at most`);
});

t.test('a container that cannot be counted does not stop the others', options, async (t) => {
  const [a, b] = [new RealCgroup(t), new RealCgroup(t)];
  const one = containerOf(await startInit(t, a, BUSY));
  const other = containerOf(await startInit(t, b, BUSY));
  const { ledger, sampler } = samplerIn(t);
  await betweenSamples();
  for (const container of [one, other]) sampler.add(container);
  for (const { key } of [one, other]) passed(ledger, key, LOAD_PERIOD);
  const broken = t.intercept(one, 'directory', {
    get: () => {
      throw new Error('as asked');
    },
  });
  // Not before its loop has been charged for what it ran.
  await until('it to be counted again', () => {
    try {
      sampler.tick();
      return false;
    } catch (error) {
      return (error as Error).message === 'as asked';
    }
  });
  t.same(shown(ledger, other.key)?.averages[0], [0, 8]);
  broken.restore();
  sampler.tick();
  t.same(shown(ledger, one.key)?.averages[0], [0, 8], 'and is counted the next time');
});

t.test('ticks less than a period apart do not speed the averages up', options, async (t) => {
  const container = containerOf(await startInit(t, new RealCgroup(t), BUSY));
  const { ledger, sampler } = samplerIn(t);
  await betweenSamples();
  sampler.add(container);
  passed(ledger, container.key, LOAD_PERIOD);
  sampler.tick();
  const before = shown(ledger, container.key)?.averages;
  const clock = (): number => {
    let tick = Number.NaN;
    ledger
      .entry(ledgerKey(container.key), Number.NaN, native.bootTime())
      .update('cpu', ({ load }) => {
        tick = load[Load.tick] ?? Number.NaN;
      });
    return tick;
  };
  const first = clock();
  for (let i = 0; i < 20; i++) sampler.tick();
  t.same(shown(ledger, container.key)?.averages, before);
  t.equal(clock(), first, 'and do not put the next period off');
});

const noFreezer = !layout.has('freezer') && 'v2 keeps frozen tasks out of state D by itself';

t.test('a paused container has no load', { skip: cannot || noFreezer }, async (t) => {
  const cgroup = new RealCgroup(t, ['freezer']);
  const init = await startInit(t, cgroup, BUSY);
  cgroup.write('freezer.state', 'FROZEN');
  // Not before all are frozen: the init's parent is in the cgroup as well.
  const state = `${layout.get('freezer')?.mountpoint}${cgroup.path}/freezer.state`;
  await until('the freezer', () => textOf(state) === 'FROZEN\n');
  const { ledger, sampler } = samplerIn(t);
  const container = containerOf(init);
  sampler.add(container);
  passed(ledger, container.key, LOAD_PERIOD);
  sampler.tick();
  t.match(shown(ledger, container.key), { blocked: 0 });
  t.same(shown(ledger, container.key)?.averages[0], [0, 0]);
});

t.test('a removed container is dropped, also from the ledger', options, async (t) => {
  const { ledger, sampler } = samplerIn(t);
  let key = '';
  await t.test('while it lives', async (t) => {
    const container = containerOf(await startInit(t, new RealCgroup(t), BUSY));
    key = container.key;
    sampler.add(container);
    sampler.tick();
    t.equal(sampler.size, 1);
  });
  const entry = ledger.entry(ledgerKey(key), Number.NaN, native.bootTime());
  sampler.tick();
  t.equal(sampler.size, 0);
  t.equal(entry.valid, false);
});

t.test('the reader itself runs, and a container has at least its pid 1', async (t) => {
  const ledger = new Ledger(`${t.testdir({})}/ledger`, CPUS, 'boot', 'exclusive');
  const entry = ledger.entry(1, Number.NaN, native.bootTime());
  t.match(loadSample(entry, 7), { running: 1, blocked: 0, total: 7, lastPid: 1 });
  t.match(loadSample(entry, Number.NaN), { running: 1, total: 1 });
  entry.update('cpu', ({ load }) => {
    load[Load.running] = 9;
    load[Load.total] = 3;
    t.match(loadSample(entry, 7), { running: 7, total: 7 }, 'while another thread holds it');
  });
  t.match(
    loadSample(entry, undefined),
    { running: 3, total: 3 },
    'never more running than there are',
  );
});
