/**
 * What the daemon keeps of root's power, thread by thread; that it is enough is what all other tests show.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import t from 'tap';
import { DAEMON, SERVING } from '../../src/base/capabilities.ts';
import { run } from './helpers/command.ts';
import { procview, startDaemon, temporary } from './helpers/daemon.ts';
import { prepare } from './helpers/suite.ts';

await prepare();

const SETS = /^(?:Cap(?:Inh|Prm|Eff|Amb)|NoNewPrivs):\s*([0-9a-f]+)$/gm;

/** Of each thread: inheritable, permitted, effective, ambient, no_new_privs. */
const threads = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1');
    return [...status.matchAll(SETS)].map(([, set = '']) => set.replace(/^0+(?=.)/, '')).join(' ');
  });

const only = (capabilities: readonly number[]): string => {
  const set = capabilities.reduce((sum, each) => sum + 2 ** each, 0).toString(16);
  return `0 ${set} ${set} 0 1`;
};

t.test('no thread has more than the daemon needs, a serving one less', async (t) => {
  const daemon = await startDaemon(t, '--workers', '2');
  const all = threads(daemon.pid);
  const serving = all.filter((each) => each === only(SERVING));
  t.ok(serving.length >= 2, 'one for each worker');
  const others = all.filter((each) => each !== only(SERVING));
  t.ok(others.length > 6, "Node's own as well");
  t.same([...new Set(others)], [only(DAEMON)]);
});

t.test('what the keeper starts has no more', async (t) => {
  const keeper = await startDaemon(t, '--keeper');
  const [child = ''] = readFileSync(
    `/proc/${keeper.pid}/task/${keeper.pid}/children`,
    'latin1',
  ).split(' ');
  const both = [keeper.pid, Number(child)].flatMap(threads);
  t.ok(both.length > 6);
  t.same([...new Set(both)].sort(), [only(DAEMON), only(SERVING)].sort());
});

t.test('the state directory and what is in it are for root alone', async (t) => {
  const daemon = await startDaemon(t);
  for (const name of readdirSync(daemon.state)) {
    const { mode, uid } = statSync(`${daemon.state}/${name}`);
    t.equal(uid, 0, `${name} is root's`);
    t.equal(mode & 0o077, 0, `${name} is closed to others`);
  }
});

t.test('a state directory that others may write to is refused', async (t) => {
  const state = temporary(t, 'open');
  await run(['chmod', '1777', state]);
  const { code, stderr } = await procview('serve', '--state', state, '--mount', temporary(t, 'm'));
  t.equal(code, 1);
  t.match(
    stderr,
    /^procview: state directory .* is writable by others than root: chown root .*\n$/,
  );
});
