import fs from 'node:fs';
import t from 'tap';
import { until } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { type Daemon, procview, startDaemon, temporary } from './helpers/daemon.ts';
import { SteadyReaders } from './helpers/steady-readers.ts';
import { prepare } from './helpers/suite.ts';

await prepare();

const reloads = ({ log }: Daemon): number => log.split('"msg":"serving again"').length - 1;

t.test('procview reload under running readers', async (t) => {
  const file = `${temporary(t, 'config')}/procview.json`;
  const write = (config: object): void => fs.writeFileSync(file, JSON.stringify(config));
  write({ policies: { uptime: 'container' } });
  const daemon = await startDaemon(t, '--config', file);
  const container = await startContainer(t, { bind: daemon.mount });
  const inside = container.inside();
  const uptime = async () => Number((await inside.read('/proc/uptime')).split(' ')[0]);
  const readers = await SteadyReaders.start(t, daemon.mount, 2);
  const reload = () => procview('reload', '--state', daemon.state);
  t.ok((await uptime()) < 60, "the container's own uptime");

  await t.test('applies a new configuration', async (t) => {
    write({ policies: { uptime: 'host' }, workers: 2 });
    t.strictSame(await reload(), { stdout: '', stderr: '', code: 0 });
    await until('the daemon serves with the new configuration', () => reloads(daemon) === 1);
    const host = Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    t.ok(Math.abs((await uptime()) - host) < 5, "the host's uptime");
  });

  await t.test('refuses an invalid configuration with the reason', async (t) => {
    for (const [config, reason] of [
      [{ workers: 99 }, /: workers: /],
      [{ fsname: 'other' }, /: fsname: changing it requires a restart, not a reload\n/],
    ] as const) {
      write(config);
      const { code, stderr } = await reload();
      t.equal(code, 1);
      t.match(stderr, reason);
      t.match(stderr, /^procview: [^\n]+\n$/, 'one line');
    }
    t.equal(reloads(daemon), 1, 'the old configuration stays');
  });

  await t.test('SIGHUP reloads too, and logs the reason of a refusal', async (t) => {
    process.kill(daemon.pid, 'SIGHUP');
    await until('the refusal is logged', () =>
      /"reason":"fsname: .*configuration rejected/.test(daemon.log),
    );
    write({ policies: { uptime: 'container' } });
    process.kill(daemon.pid, 'SIGHUP');
    await until('the daemon serves with the new configuration', () => reloads(daemon) === 2);
    t.ok((await uptime()) < 120, "the container's own uptime");
  });

  await readers.end(t);
});

t.test('procview reload without a daemon fails with one line', async (t) => {
  const { code, stderr } = await procview('reload', '--state', temporary(t, 'state'));
  t.equal(code, 1);
  t.match(stderr, /^procview: no procview answers at [^\n]+\n$/);
});
