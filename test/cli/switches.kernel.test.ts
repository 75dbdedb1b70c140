import t, { type Test } from 'tap';
import { each, type Outcome, procview } from './run.ts';

t.setTimeout(120_000);

const cannot = process.getuid?.() !== 0 && 'takes root';

/** A mistake of the user: code 1, nothing on stdout, one line that says what is wrong. */
function refused(t: Test, { code, stdout, stderr }: Outcome, says: RegExp): void {
  t.equal(code, 1);
  t.equal(stdout, '');
  t.match(stderr, /^procview: [^\n]+\n$/, 'one line');
  t.match(stderr, says);
}

t.test('sysctl shows and sets the switches', { skip: cannot }, async (t) => {
  const state = `${t.testdir({})}/state`;
  const sysctl = async (...args: string[]) =>
    (await procview('sysctl', ...args, '--state', state, '--mode', 'fuse')).stdout;
  const [on, files] = ['kernel.stats_isolated', 'kernel.stats_isolated_files'];
  t.match(
    await sysctl(),
    /^kernel.stats_isolated = 1\nkernel.stats_isolated_files = meminfo,cpuinfo,\S+\n$/,
  );
  const set = await sysctl('-w', `${on}=0`, `${files}=stat,meminfo`);
  t.equal(set, `${on} = 0\n${files} = meminfo,stat\n`);
  t.equal(await sysctl('kernel/stats_isolated'), 'kernel/stats_isolated = 0\n', 'kept');
  t.match(await sysctl(`${files}=all`, on), /,sys-node\nkernel.stats_isolated = 0\n$/);
});

t.test('sysctl and isolate refuse unknown names and values', { skip: cannot }, async (t) => {
  const state = `${t.testdir({})}/state`;
  const wrong: [string[], RegExp][] = [
    [['sysctl', '-w', 'kernel.stats_isolated'], /-w takes name=value/],
    [['sysctl', 'kernel.stats_isolated=2'], /0 or 1, not 2/],
    [['sysctl', 'kernel.stats_isolated='], /0 or 1, not nothing/],
    [
      ['sysctl', 'kernel.stats_isolated_files=memory'],
      /no file 'memory' to isolate: choose among /,
    ],
    [['sysctl', 'kernel.hostname'], /there is kernel.stats_isolated and /],
    [['sysctl', 'kernel.container_stats_isolated=0'], /use `procview isolate`/],
    [['isolate', 'no-such', 'off'], /no container or process no-such/],
    [['isolate', String(process.ppid), 'off'], /is a process of the host/],
    [['isolate', '1', 'on', '--files', 'meminof'], /choose among meminfo\n$/],
  ];
  const where = ['--state', state, '--mode', 'fuse'];
  await each(wrong, async ([args, says]) => refused(t, await procview(...args, ...where), says));
});
