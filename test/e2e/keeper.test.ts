import fs from 'node:fs';
import t from 'tap';
import { patience, until } from './helpers/command.ts';
import {
  type Daemon,
  keptBy,
  mountsAt,
  procview,
  startDaemon,
  temporary,
} from './helpers/daemon.ts';
import { SteadyReaders } from './helpers/steady-readers.ts';
import { prepare } from './helpers/suite.ts';

const { PROCVIEW_KILLS = '20' } = process.env;
const KILLS = Number(PROCVIEW_KILLS);
/** Milliseconds between a daemon's first answer and its end, at most. */
const LIFE = 500;

await prepare(120 + 3 * KILLS);

const servings = ({ log }: Daemon): number => log.split('"msg":"serving"').length - 1;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function killed(daemon: Daemon, signal: NodeJS.Signals): Promise<void> {
  const before = servings(daemon);
  process.kill(await keptBy(daemon), signal);
  await until('the next one serves', () => servings(daemon) > before);
}

t.test(`killed ${KILLS} times, and no reader notices`, async (t) => {
  const daemon = await startDaemon(t, '--keeper', '--workers', '2');
  const mounted = mountsAt(daemon.mount);
  const readers = await SteadyReaders.start(t, daemon.mount);
  for (let i = 0; i < KILLS; i++) {
    await sleep(Math.random() * LIFE);
    await killed(daemon, 'SIGKILL');
  }
  const { reads, longest } = await readers.end(t);
  t.comment(`${reads} reads, the longest took ${longest} s`);
  t.ok(longest * 1000 < patience(20), `none waited for ever: ${longest} s`);
  t.strictSame(mountsAt(daemon.mount), mounted, 'the mount is the same');
  t.notMatch(daemon.log, /"level":[56]0/, 'nothing was lost');
  t.equal(await daemon.stop(), 0, 'a stop of the keeper');
  t.strictSame(mountsAt(daemon.mount), [], 'unmounts');
});

t.test('killed while nobody is there to read, and over a number of workers', async (t) => {
  const daemon = await startDaemon(t, '--keeper', '--workers', '3');
  await killed(daemon, 'SIGKILL');
  t.match(daemon.log, /"adopted":true/);
  t.equal(await daemon.stop('SIGINT'), 0);
  t.strictSame(mountsAt(daemon.mount), []);
});

t.test('ended by SIGTERM, the daemon leaves the mount to the next one', async (t) => {
  const daemon = await startDaemon(t, '--keeper');
  const readers = await SteadyReaders.start(t, daemon.mount, 1);
  for (let i = 0; i < 3; i++) await killed(daemon, 'SIGTERM');
  await readers.end(t);
  t.match(daemon.log, /"msg":"stopped, still mounted"/);
});

t.test("with the host's own switch on, which lies on the mount", async (t) => {
  const config = `${temporary(t, 'config')}/procview.json`;
  fs.writeFileSync(config, JSON.stringify({ isolation: { hostSysctl: true } }));
  const daemon = await startDaemon(t, '--keeper', '--config', config);
  await killed(daemon, 'SIGKILL');
  t.match(daemon.log, /"adopted":true/);
  t.equal(fs.readFileSync('/proc/sys/kernel/stats_isolated', 'utf8'), '1\n', 'it is there again');
});

t.test('a daemon that cannot start is not started again', async (t) => {
  const { code, stderr } = await procview('serve', '--keeper', '--mount', '/nowhere/at/all');
  t.equal(code, 1);
  t.match(stderr, /^procview: mount point \/nowhere\/at\/all does not exist: create it\n$/);
});
