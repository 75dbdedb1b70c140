import t from 'tap';
import { type Outcome, output } from './helpers/command.ts';
import { type Daemon, procview, startDaemon, temporary } from './helpers/daemon.ts';
import { prepare } from './helpers/suite.ts';

await prepare();

/** The line of a subject. */
const about = ({ stdout }: Outcome, subject: string): string =>
  stdout.split('\n').find((line) => line.split(/\s+/)[1] === subject) ?? '';

t.test('doctor reports no problem on a machine that can serve', async (t) => {
  const directory = temporary(t, 'doctor');
  const outcome = await procview('doctor', '--mount', directory);
  t.equal(outcome.code, 0, outcome.stderr);
  for (const subject of ['kernel', 'user', 'fuse', 'cgroups', 'net.ipv4.tcp_rmem']) {
    t.match(about(outcome, subject), /^ok /, subject);
  }
  t.match(about(outcome, 'mount'), /^note +mount +nothing is mounted/);
  t.match(about(outcome, 'vm.max_map_count'), /^note /);
});

t.test('doctor reports whether the daemon serves, is stopped or was killed', async (t) => {
  const daemon: Daemon = await startDaemon(t);
  const doctor = (): Promise<Outcome> => procview('doctor', '--mount', daemon.mount);
  t.match(about(await doctor(), 'mount'), /^ok +mount +served at/);
  process.kill(daemon.pid, 'SIGSTOP');
  t.match(about(await doctor(), 'mount'), /^problem +mount +the daemon of .* does not answer/);
  await daemon.stop('SIGKILL');
  const outcome = await doctor();
  t.match(about(outcome, 'mount'), /^problem +mount +the daemon of .* is gone: start it again/);
  t.equal(outcome.code, 1);
});

t.test('doctor reports a mount point that another file system uses', async (t) => {
  const directory = temporary(t, 'doctor');
  await output(['mount', '-t', 'tmpfs', 'pvtest', directory]);
  t.teardown(() => output(['umount', directory]));
  const outcome = await procview('doctor', '--mount', directory);
  t.match(about(outcome, 'mount'), /^problem +mount +.* is taken by tmpfs/);
  t.equal(outcome.code, 1);
});
