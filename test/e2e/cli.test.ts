import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Outcome, output, run } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { PROCVIEW, procview, startDaemon, temporary } from './helpers/daemon.ts';
import { keys, kilobytes } from './helpers/proc-text.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();

function refused(t: Test, { code, stderr, stdout }: Outcome, message: RegExp): void {
  t.ok(code !== 0 && code !== null, `exit code ${code}`);
  const lines = stderr.trimEnd().split('\n');
  t.equal(lines.length, 1, `one line on stderr: ${stderr}`);
  t.match(lines[0], message, 'it names the cause');
  t.equal(stdout, '', 'nothing on stdout');
}

t.test('wrong arguments are refused with one line', async (t) => {
  const directory = temporary(t, 'cli');
  const state = ['--state', join(directory, 'state')];
  const file = join(directory, 'file');
  fs.writeFileSync(file, '');
  const { mount } = await startDaemon(t);
  const cases: [string, string[], RegExp][] = [
    ['an unknown flag', ['serve', '--nonsense'], /--nonsense/],
    ['an unknown command', ['nonsense'], /nonsense/],
    ['a wrong value', ['serve', '--workers', 'many'], /many|workers/],
    ['a wrong choice', ['serve', '--log-level', 'loud'], /loud/],
    ['a mount point that is a file', ['serve', '--mount', file, ...state], /file/],
    ['a mount point in use', ['serve', '--mount', mount, ...state], /pvtest-mount/],
    ['a configuration that does not exist', ['serve', '--config', '/no/such'], /\/no\/such/],
    ['a configuration that is not JSON', ['serve', '--config', file], /file/],
    ['an unknown container', ['show', 'no-such-container', 'meminfo'], /no-such-container/],
    ['a pid that does not exist', ['show', '999999999', 'meminfo'], /999999999/],
    ['an unknown file', ['show', String(process.pid), 'nonsense'], /nonsense/],
    ['a missing argument', ['show', 'one'], /file/],
    ['a superfluous argument', ['serve', 'now'], /arguments/],
  ];
  for (const [what, args, message] of cases) {
    await t.test(what, async (t) => refused(t, await procview(...args), message));
  }
});

t.test('a mount point that does not exist is refused', async (t) => {
  const mount = join(temporary(t, 'cli'), 'not', 'there');
  const state = temporary(t, 'state');
  refused(t, await procview('serve', '--mount', mount, '--state', state), /not\/there/);
});

t.test('serve without root is refused, and the message names root', async (t) => {
  const nobody = ['setpriv', '--reuid', '65534', '--clear-groups'];
  const readable = await run([...nobody, 'test', '-r', PROCVIEW[1]]);
  if (readable.code !== 0) return t.comment('nobody cannot read this checkout');
  const mount = temporary(t, 'mount');
  fs.chmodSync(mount, 0o777);
  const serve = ['serve', '--mount', mount, '--state', mount];
  refused(t, await run([...nobody, ...PROCVIEW, ...serve]), /root/);
});

for (const kind of kinds) {
  t.test(`${kind}: show and containers need no daemon`, async (t) => {
    const limits = { memory: 96 * MiB, quota: 0.5 };
    const container = await startContainer(t, { kind, limits });
    const state = ['--state', join(temporary(t, 'state'), 'none')];
    const pid = String(container.pid);
    const meminfo = await output([...PROCVIEW, 'show', pid, 'meminfo', ...state]);
    t.equal(kilobytes(meminfo, 'MemTotal'), 96 * 1024, 'show pid meminfo');
    const host = await output([...PROCVIEW, 'show', String(process.pid), 'meminfo', ...state]);
    t.strictSame(keys(host), keys(meminfo), "show of a host process has the host's keys");
    const listed = await output([...PROCVIEW, 'containers', ...state]);
    const row = listed.split('\n').find((line) => line.split(/ +/).includes(pid));
    t.match(row, / 96 MiB +1$/, `the container is listed:\n${listed}`);
    const [id = ''] = row?.split(' ') ?? [];
    const loadavg = await output([...PROCVIEW, 'show', id, 'loadavg', ...state]);
    t.match(loadavg, /^0\.00 0\.00 0\.00 \d+\/\d+ \d+\n$/, `show ${id} loadavg`);
  });
}
