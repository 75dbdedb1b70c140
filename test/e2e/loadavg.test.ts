import fs from 'node:fs';
import t from 'tap';
import { isV2 } from './helpers/cgroup.ts';
import { patience, until } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { reader } from './helpers/programs.ts';
import { kinds, prepare } from './helpers/suite.ts';

await prepare(180);
const { mount: bind } = await startDaemon(t);

const FORMAT = /^(\d+\.\d\d) (\d+\.\d\d) (\d+\.\d\d) (\d+)\/(\d+) (\d+)\n$/;
/** The one minute's figure. */
const minute = (loadavg: string): number => Number(loadavg.split(' ')[0]);

const hostFile = (path: string): string => fs.readFileSync(path, 'latin1');

/** The kernel's period at 250 Hz, which is this machine's and that of Debian's kernels. */
const PERIOD = 5.004;

/** 1/exp(5s/1min) in the kernel's fixed point. */
const DECAY = 1884 / 2048;

/** Periods since boot; the kernel samples soon after each has begun, procview a second later. */
const periods = (): number => Number(hostFile('/proc/uptime').split(' ')[0]) / PERIOD;

/** A moment that is far from all samples. */
const betweenSamples = () =>
  until('a moment between samples', () => periods() % 1 > 0.4 && periods() % 1 < 0.8);

/** Tasks that want a CPU make load, whether they get it or not: the other CPUs are left to others. */
const limits = { cpuset: '0' };

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

for (const kind of kinds) {
  t.test(`${kind}: two busy loops raise the load of their container only`, async (t) => {
    const busy = await startContainer(t, { kind, limits, bind });
    const idle = await startContainer(t, { kind, bind });
    const [insideBusy, insideIdle] = [busy.inside(), idle.inside()];
    t.match(await insideIdle.read('/proc/loadavg'), FORMAT, 'a b c r/t pid');
    await insideBusy.read('/proc/loadavg');
    for (let i = 0; i < 2; i++) busy.start([reader, 'spin', '1000']);
    await sleep(16);

    const [, one, five, , running, total, last] =
      FORMAT.exec(await insideBusy.read('/proc/loadavg')) ?? [];
    // Two runnable tasks: 0.16 after the first sample, 0.31 after the second, 0.45 after the third.
    t.ok(Number(one) >= 0.25 && Number(one) < 0.8, `load of one minute: ${one}`);
    t.ok(Number(five) > 0 && Number(five) < Number(one), `load of five minutes: ${five}`);
    t.ok(Number(running) >= 2 && Number(running) <= Number(total), `${running}/${total} run`);
    t.ok(Number(total) >= 4 && Number(total) < 20, 'only tasks of the container are counted');
    t.ok(Number(last) >= 1 && Number(last) < 1000, `last pid is one of the container's: ${last}`);
    t.match(await insideIdle.read('/proc/loadavg'), /^0\.00 0\.00 0\.00 /, 'the idle one is idle');
  });
}

t.test('three tasks ten cgroups below, one of them uninterruptible, for 70 s', async (t) => {
  const container = await startContainer(t, { bind });
  const inside = container.inside();
  await inside.read('/proc/loadavg');
  const deep = container.cgroup.below(10);
  await betweenSamples();
  const [start, before] = [Math.floor(periods()), minute(hostFile('/proc/loadavg'))];
  for (const what of ['spin 1000', 'spin 1000', 'wait']) {
    container.start([reader, ...what.split(' ')], deep);
  }
  await sleep(70);
  await betweenSamples();
  const text = await inside.read('/proc/loadavg');
  const host = minute(hostFile('/proc/loadavg'));
  const decay = DECAY ** (Math.floor(periods()) - start);

  const expected = 3 * (1 - decay);
  const own = minute(text);
  // A program that starts for long, as where the CPU is emulated, may be seen to run once.
  const most = expected + 0.05 + (patience(1) > 1000 ? 1 - DECAY : 0);
  t.ok(own >= expected - 0.05 && own <= most, `${own}, three tasks make ${expected.toFixed(2)}`);
  // Other tasks of the host only add; the machine in QEMU has few. One that runs while the kernel samples
  // adds 0.08; each of the three that procview did not count would take 0.7 away.
  const grown = host - before * decay;
  t.ok(grown >= expected - 0.1, `the host's has grown by ${grown.toFixed(2)}`);
  if (isV2) t.ok(grown <= own + 0.5, 'and by no more');

  const pids = [...container.cgroup.processes(), ...deep.processes()];
  const ownPids = pids.map(
    (pid) => /^NSpid:\t\d+\t(\d+)$/m.exec(hostFile(`/proc/${pid}/status`))?.[1],
  );
  const [, running, total, last] = / (\d+)\/(\d+) (\d+)\n$/.exec(text) ?? [];
  t.equal(Number(total), pids.length, 'tasks of the container and all below');
  t.equal(Number(running), 3, 'the two and the reader run, the task in D does not');
  t.equal(Number(last), Math.max(...ownPids.map((pid) => Number(pid ?? 0))), 'its highest pid');
});
