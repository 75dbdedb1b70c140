import fs from 'node:fs';
import t from 'tap';
import { timeLimit, until } from './helpers/command.ts';
import {
  type Daemon,
  mountsAt,
  procview,
  startDaemon,
  supervisedPid,
  temporary,
} from './helpers/daemon.ts';
import { SteadyReaders } from './helpers/steady-readers.ts';
import { prepare } from './helpers/suite.ts';

const { PROCVIEW_KILLS = '20' } = process.env;
const KILLS = Number(PROCVIEW_KILLS);
/** Longest time between a daemon's start to serve and its kill, ms. */
const LIFETIME = 500;

await prepare(120 + 3 * KILLS);

const starts = ({ log }: Daemon): number => log.split('"msg":"serving"').length - 1;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function killDaemon(daemon: Daemon, signal: NodeJS.Signals): Promise<void> {
  const before = starts(daemon);
  process.kill(await supervisedPid(daemon), signal);
  await until('the next daemon serves', () => starts(daemon) > before);
}

t.test(`killing the daemon ${KILLS} times makes no read fail`, async (t) => {
  const daemon = await startDaemon(t, '--keeper', '--workers', '2');
  const mounted = mountsAt(daemon.mount);
  const readers = await SteadyReaders.start(t, daemon.mount);
  for (let i = 0; i < KILLS; i++) {
    await sleep(Math.random() * LIFETIME);
    await killDaemon(daemon, 'SIGKILL');
  }
  const { reads, longest } = await readers.end(t);
  t.comment(`${reads} reads, the longest took ${longest} s`);
  t.ok(longest * 1000 < timeLimit(20), `no read hung: ${longest} s`);
  t.strictSame(mountsAt(daemon.mount), mounted, 'the mount is the same');
  t.notMatch(daemon.log, /"level":[56]0/, 'no error was logged');
  t.equal(await daemon.stop(), 0, 'SIGTERM to the keeper ends it');
  t.strictSame(mountsAt(daemon.mount), [], 'and unmounts');
});

t.test('the keeper restarts a daemon with three workers and no readers', async (t) => {
  const daemon = await startDaemon(t, '--keeper', '--workers', '3');
  await killDaemon(daemon, 'SIGKILL');
  t.match(daemon.log, /"adopted":true/);
  t.equal(await daemon.stop('SIGINT'), 0);
  t.strictSame(mountsAt(daemon.mount), []);
});

t.test('a daemon that ends by SIGTERM leaves the mount to the next one', async (t) => {
  const daemon = await startDaemon(t, '--keeper');
  const readers = await SteadyReaders.start(t, daemon.mount, 1);
  for (let i = 0; i < 3; i++) await killDaemon(daemon, 'SIGTERM');
  await readers.end(t);
  t.match(daemon.log, /"msg":"stopped, still mounted"/);
});

t.test("the next daemon serves the switch in the host's /proc/sys again", async (t) => {
  const config = `${temporary(t, 'config')}/procview.json`;
  fs.writeFileSync(config, JSON.stringify({ isolation: { hostSysctl: true } }));
  const daemon = await startDaemon(t, '--keeper', '--config', config);
  await killDaemon(daemon, 'SIGKILL');
  t.match(daemon.log, /"adopted":true/);
  t.equal(
    fs.readFileSync('/proc/sys/kernel/stats_isolated', 'utf8'),
    '1\n',
    'the switch can be read',
  );
});

t.test('the keeper does not restart a daemon that cannot start', async (t) => {
  const { code, stderr } = await procview('serve', '--keeper', '--mount', '/nowhere/at/all');
  t.equal(code, 1);
  t.match(stderr, /^procview: mount point \/nowhere\/at\/all does not exist: create it\n$/);
});
