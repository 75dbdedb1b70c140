import t from 'tap';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { cpuTicks, kilobytes, processors } from './helpers/proc-text.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();
const { mount: bind } = await startDaemon(t);

for (const kind of kinds) {
  t.test(
    `${kind}: free, meminfo, cpuinfo and stat show limits of 256 MiB and half a CPU`,
    async (t) => {
      const limits = { memory: 256 * MiB, quota: 0.5, cpuset: '0-1' };
      const container = await startContainer(t, { kind, limits, bind });

      const [, total, used, free, , , available] =
        /^Mem: +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$/m.exec(
          await container.output(['free', '-m']),
        ) ?? [];
      t.equal(Number(total), 256, 'free -m shows the limit');
      t.ok(Number(used) < 64, `used is plausible: ${used}`);
      t.ok(Number(free) > 192 && Number(free) <= 256, `free is plausible: ${free}`);
      t.ok(Number(available) >= Number(free), `available is plausible: ${available}`);

      const inside = container.inside();
      const meminfo = await inside.read('/proc/meminfo');
      t.equal(kilobytes(meminfo, 'MemTotal'), 256 * 1024, 'MemTotal');
      t.strictSame(processors(await inside.read('/proc/cpuinfo')), [0], 'one processor in cpuinfo');
      const names = cpuTicks(await inside.read('/proc/stat')).map(({ name }) => name);
      t.strictSame(names, ['cpu', 'cpu0'], 'one CPU in stat');
    },
  );

  t.test(`${kind}: a container without limits reads the host's memory and CPUs`, async (t) => {
    const inside = (await startContainer(t, { kind, bind })).inside();
    const host = (await startContainer(t, { kind })).inside();
    const [ours, theirs] = [await inside.read('/proc/meminfo'), await host.read('/proc/meminfo')];
    t.equal(kilobytes(ours, 'MemTotal'), kilobytes(theirs, 'MemTotal'), 'MemTotal');
    const difference = kilobytes(ours, 'MemAvailable') - kilobytes(theirs, 'MemAvailable');
    t.ok(Math.abs(difference) < 1024 * 1024, `MemAvailable, ${difference} kB apart`);
    const processorsOf = async (each: typeof inside): Promise<number> =>
      processors(await each.read('/proc/cpuinfo')).length;
    t.equal(await processorsOf(inside), await processorsOf(host), 'processors');
  });
}

t.test('a quota of one and a half CPUs shows two, a cpuset of one shows one', async (t) => {
  const wide = await startContainer(t, { limits: { quota: 1.5 }, bind });
  t.strictSame(processors(await wide.inside().read('/proc/cpuinfo')), [0, 1]);
  const whole = await startContainer(t, { limits: { quota: 1, cpuset: '0-1' }, bind });
  t.strictSame(
    processors(await whole.inside().read('/proc/cpuinfo')),
    [0],
    'a quota of one CPU shows one',
  );
  const narrow = await startContainer(t, { limits: { quota: 1.5, cpuset: '1' }, bind });
  t.strictSame(
    processors(await narrow.inside().read('/proc/cpuinfo')),
    [0],
    'the CPU is renumbered to 0',
  );
});
