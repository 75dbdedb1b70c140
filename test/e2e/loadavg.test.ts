import fs from 'node:fs';
import t from 'tap';
import { isV2 } from './helpers/cgroup.ts';
import { timeLimit, until } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { reader } from './helpers/programs.ts';
import { kinds, prepare } from './helpers/suite.ts';

await prepare(180);
const { mount: bind } = await startDaemon(t);

const FORMAT = /^(\d+\.\d\d) (\d+\.\d\d) (\d+\.\d\d) (\d+)\/(\d+) (\d+)\n$/;
/** The one-minute load average. */
const minute = (loadavg: string): number => Number(loadavg.split(' ')[0]);

const hostFile = (path: string): string => fs.readFileSync(path, 'latin1');

/** Seconds between two samples of the kernel at 250 Hz, as in Debian's kernels. */
const PERIOD = 5.004;

/** 1/exp(5s/1min) in the kernel's fixed point. */
const DECAY = 1884 / 2048;

/** Periods since boot; the kernel samples at the start of each, procview a second later. */
const periods = (): number => Number(hostFile('/proc/uptime').split(' ')[0]) / PERIOD;

/** Waits for a time between two samples. */
const betweenSamples = () =>
  until('a time between two samples', () => periods() % 1 > 0.4 && periods() % 1 < 0.8);

/** Runnable tasks count as load even without a CPU: the loops share one, and other processes have the rest. */
const limits = { cpuset: '0' };

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

for (const kind of kinds) {
  t.test(`${kind}: two busy loops raise the load average of their container only`, async (t) => {
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
    t.match(
      await insideIdle.read('/proc/loadavg'),
      /^0\.00 0\.00 0\.00 /,
      'the load average of the idle container is 0',
    );
  });
}

t.test('the load average counts running and uninterruptible tasks ten cgroups below', async (t) => {
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
  // On an emulated CPU a program takes long to start, and one sample may count it.
  const most = expected + 0.05 + (timeLimit(1) > 1000 ? 1 - DECAY : 0);
  t.ok(own >= expected - 0.05 && own <= most, `${own}, three tasks make ${expected.toFixed(2)}`);
  // Other tasks of the host only add to its load: 0.08 for each that runs during a sample. Each of the three tasks
  // adds 0.7. The machine in QEMU has few other tasks.
  const grown = host - before * decay;
  t.ok(grown >= expected - 0.1, `the host's load has grown by ${grown.toFixed(2)}`);
  if (isV2) t.ok(grown <= own + 0.5, "not more than the container's");

  const pids = [...container.cgroup.processes(), ...deep.processes()];
  const ownPids = pids.map(
    (pid) => /^NSpid:\t\d+\t(\d+)$/m.exec(hostFile(`/proc/${pid}/status`))?.[1],
  );
  const [, running, total, last] = / (\d+)\/(\d+) (\d+)\n$/.exec(text) ?? [];
  t.equal(Number(total), pids.length, 'all tasks of the container and its descendant cgroups');
  t.equal(Number(running), 3, 'the two loops and the reader run, the task in state D does not');
  t.equal(
    Number(last),
    Math.max(...ownPids.map((pid) => Number(pid ?? 0))),
    'the highest pid of the container',
  );
});
