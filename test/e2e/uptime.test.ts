import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startContainer } from './helpers/container.ts';
import { startDaemon, temporary } from './helpers/daemon.ts';
import { cpuTicks } from './helpers/proc-text.ts';
import { kinds, prepare } from './helpers/suite.ts';

await prepare();

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Uptime and idle time, seconds. */
function numbers(uptime: string): [up: number, idle: number] {
  const [up, idle] = /^(\d+\.\d\d) (\d+\.\d\d)\n$/.exec(uptime)?.slice(1).map(Number) ?? [];
  if (up === undefined || idle === undefined) throw new Error(`no uptime: ${uptime}`);
  return [up, idle];
}

const btime = (stat: string): number => Number(/^btime (\d+)$/m.exec(stat)?.[1]);

t.test('with policy container, uptime and btime are those of the container', async (t) => {
  const { mount: bind } = await startDaemon(t);
  for (const kind of kinds) {
    await t.test(kind, async (t) => {
      const limits = { quota: 2, cpuset: '0-1' };
      const before = performance.now();
      const container = await startContainer(t, { kind, limits, bind });
      const inside = container.inside();
      await sleep(1);
      const stat = await inside.read('/proc/stat');
      const [up, idle] = numbers(await inside.read('/proc/uptime'));
      const most = (performance.now() - before) / 1000;
      t.ok(up >= 1 && up <= most, `up ${up} s, at most ${most.toFixed(2)}`);
      t.ok(idle <= 2 * up, `idle ${idle} s on two CPUs`);
      t.ok(idle * 100 >= (cpuTicks(stat)[0]?.columns[3] ?? 0), 'idle is not lower than in stat');
      const now = Date.now() / 1000;
      t.ok(Math.abs(btime(stat) + up - now) < 2, `btime + uptime = ${btime(stat) + up}, ${now}`);
      t.match(await container.output(['uptime']), / up 0 min/, 'uptime');
    });
  }
});

t.test('with policy host, uptime and btime are those of the host', async (t) => {
  const config = join(temporary(t, 'config'), 'config.json');
  fs.writeFileSync(config, JSON.stringify({ policies: { uptime: 'host' } }));
  const { mount: bind } = await startDaemon(t, '--config', config);
  const container = await startContainer(t, { bind });
  const inside = container.inside();
  const [low] = numbers(fs.readFileSync('/proc/uptime', 'latin1'));
  const [up] = numbers(await inside.read('/proc/uptime'));
  const [high] = numbers(fs.readFileSync('/proc/uptime', 'latin1'));
  t.ok(up >= low && up <= high, `${low} <= ${up} <= ${high}`);
  const host = btime(fs.readFileSync('/proc/stat', 'latin1'));
  t.equal(btime(await inside.read('/proc/stat')), host, 'btime');
  const ages = (await container.output(['ps', '-e', '-o', 'etimes='])).trim().split(/\s+/);
  t.ok(
    ages.every((age) => Number(age) < 120),
    `ps shows the right ages: ${ages.join(' ')}`,
  );
});
