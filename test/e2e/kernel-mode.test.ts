import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { until } from './helpers/command.ts';
import { Daemon, mountsAt, PROCVIEW, procview, startDaemon, temporary } from './helpers/daemon.ts';
import { prepare } from './helpers/suite.ts';

await prepare();

/** A directory in the place of a /proc/sys that has the switch. */
class Kernel {
  readonly root: string;
  readonly state: string;
  readonly mount: string;
  readonly file: string;

  constructor(t: Test) {
    this.root = temporary(t, 'sysctl');
    this.state = temporary(t, 'state');
    this.mount = temporary(t, 'mount');
    this.file = join(this.root, 'kernel/stats_isolated');
    fs.mkdirSync(join(this.root, 'kernel'));
    fs.writeFileSync(this.file, '0\n');
  }

  get value(): string {
    return fs.readFileSync(this.file, 'latin1');
  }

  async serve(t: Test, ...args: string[]): Promise<{ child: ChildProcess; log: () => string }> {
    const [node, main] = PROCVIEW;
    const where = ['--sysctl-root', this.root, '--state', this.state, '--mount', this.mount];
    const argv = [main, 'serve', ...where, '--log-format', 'json', ...args];
    const child = spawn(node, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    t.teardown(() => child.kill('SIGKILL'));
    await until('it says what it does', () => text.includes('\n'));
    return { child, log: () => text };
  }

  sysctl(...words: string[]): ReturnType<typeof procview> {
    return procview('sysctl', ...words, '--sysctl-root', this.root, '--state', this.state);
  }
}

t.test('auto, and the kernel has the switch: set, mirrored, nothing served', async (t) => {
  const kernel = new Kernel(t);
  const { child, log } = await kernel.serve(t);
  t.match(log(), /"isolated":true,"msg":"serving nothing, this kernel isolates containers itself/);
  t.equal(kernel.value, '1\n', 'the switch is set');
  t.strictSame(mountsAt(kernel.mount), [], 'nothing is mounted');

  t.equal(
    (await kernel.sysctl('-w', 'kernel.stats_isolated=0')).stdout,
    'kernel.stats_isolated = 0\n',
  );
  t.equal(kernel.value, '0\n', "the command sets the kernel's");
  await until('the log tells', () => /"isolated":false,"changed":"kernel"/.test(log()));
  fs.writeFileSync(kernel.file, '1\n');
  await until('and sysctl(8) is noticed', () => /"isolated":true,"changed":"kernel"/.test(log()));
  const fuse = procview('sysctl', '-w', 'kernel.stats_isolated=0', '--state', kernel.state);
  t.equal((await fuse).code, 0);
  await until("ours sets the kernel's", () => kernel.value === '0\n');

  child.kill('SIGTERM');
  await until('it ends', () => child.exitCode !== null);
  t.equal(child.exitCode, 0);
  await until('it has told', () => /"msg":"stopped, the switch stays"/.test(log()));
  t.equal(kernel.value, '0\n', 'the switch stays as it was');
  const again = await kernel.serve(t);
  t.match(again.log(), /"isolated":false,"msg":"serving nothing/, 'also over a restart');
});

t.test('isolate leaves it to the container', async (t) => {
  const { root, state } = new Kernel(t);
  const where = ['--sysctl-root', root, '--state', state];
  const { code, stderr } = await procview('isolate', String(process.pid), 'off', ...where);
  t.equal(code, 1);
  t.match(stderr, /^procview: this kernel isolates containers itself: write [^\n]+\n$/);
});

t.test("fuse: served all the same, and ours is none of the kernel's for another", async (t) => {
  const kernel = new Kernel(t);
  const first = await startDaemon(t, '--sysctl-root', kernel.root, '--mode', 'fuse');
  t.equal(mountsAt(first.mount).length, 1);
  t.equal(kernel.value, '0\n');
  const second = new Daemon(temporary(t, 'mount'), temporary(t, 'state'));
  t.teardown(() => second.stop());
  await second.start('--sysctl-root', first.file('sys'));
  t.equal(mountsAt(second.mount).length, 1);
});

t.test('kernel, and the kernel has no switch: one line', async (t) => {
  const where = ['--sysctl-root', temporary(t, 'sysctl'), '--state', temporary(t, 'state')];
  const { code, stderr } = await procview('serve', '--mode', 'kernel', ...where);
  t.equal(code, 1);
  t.match(
    stderr,
    /^procview: this kernel has no \S+\/kernel\/stats_isolated: use --mode [^\n]+\n$/,
  );
});
