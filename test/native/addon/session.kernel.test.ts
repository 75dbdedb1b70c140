import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { parseMountinfo } from '../../../src/base/mountinfo.ts';
import { native } from '../../../src/native/addon.ts';
import { mounted, mountsAt } from './mounted.ts';
import { bigSize, nodes } from './tree.ts';

if (process.getuid?.() !== 0 || !existsSync('/dev/fuse')) t.bailout('needs root and /dev/fuse');

/** Detaches mounts that a child process may have left. */
async function sweep(directory: string): Promise<void> {
  for (const name of readdirSync(directory)) {
    await promisify(execFile)('umount', ['-l', join(directory, name)]).catch(() => {});
  }
}

t.test('names and attributes', async (t) => {
  const mount = mounted(t);
  const list = await mount.run('ls', '-1a');
  t.same(
    list.trim().split('\n').sort(),
    ['.', '..', ...nodes.slice(1, 10).map((n) => n.name)].sort(),
  );
  t.equal(await mount.run('ls', 'sys'), 'caf\u00e9\ncpu\n', 'names are bytes');
  await mount.run('cat', 'meminfo');
  t.match(await mount.run('ls', '-l', 'meminfo'), /^-r--r--r-- 1 root root 0 /);
  t.match(await mount.run('ls', '-ld', 'sys'), /^dr-xr-xr-x 2 root root 0 /);
  await t.rejects(mount.run('cat', 'nothing'), { message: /No such file/ });
});

t.test('a body is a snapshot', async (t) => {
  const mount = mounted(t);
  t.match(await mount.run('cat', 'meminfo'), /^render 1 for \d+\n$/);
  t.match(await mount.run('dd', 'if=meminfo', 'bs=1', 'status=none'), /^render 2 for \d+\n$/);
  t.equal(await mount.run('dd', 'if=meminfo', 'bs=1', 'skip=7', 'count=2', 'status=none'), '3 ');
});

t.test('rewinding renders again, for the reader', async (t) => {
  const mount = mounted(t);
  const bodies = await mount.script(`
    const fd = fs.openSync('meminfo'); const b = Buffer.alloc(100);
    const at = (o) => b.toString('latin1', 0, fs.readSync(fd, b, 0, 100, o));
    say([process.pid, at(7), at(0), at(7), at(0), at(7), at(40), at(2 ** 40)]);`);
  const [pid] = bodies as [number];
  const [one, two] = [`1 for ${pid}\n`, `2 for ${pid}\n`];
  t.same(bodies, [pid, one, `render ${one}`, one, `render ${two}`, two, '', '']);
});

t.test('splice is refused, so that programs fall back to read', async (t) => {
  const mount = mounted(t);
  t.match(await mount.run('sh', '-c', 'busybox cat meminfo || cat meminfo'), /^render \d for/);
  t.match(
    await mount.run('sh', '-c', 'stat -c %s meminfo; cat meminfo'),
    /^0\nrender/,
    'size is 0',
  );
});

const errnos = `
  const codes = {}; const fd = fs.openSync('meminfo', 'r+');
  const go = (name, call) => { try { call(); codes[name] = 'ok'; } catch (e) { codes[name] = e.code; } };
  go('write', () => fs.writeSync(fd, 'x'));
  go('append', () => fs.appendFileSync('meminfo', 'x'));
  go('replace', () => fs.writeFileSync('meminfo', 'x'));
  go('truncate', () => fs.truncateSync('meminfo', 5));
  go('creat', () => fs.openSync('new', 'w'));
  go('exclusive', () => fs.openSync('meminfo', 'wx'));
  go('direct', () => fs.openSync('meminfo', fs.constants.O_DIRECT));
  go('unlink', () => fs.unlinkSync('meminfo'));
  go('mkdir', () => fs.mkdirSync('new'));
  go('rmdir', () => fs.rmdirSync('sys'));
  go('rename', () => fs.renameSync('meminfo', 'new'));
  go('over', () => fs.renameSync('meminfo', 'stat'));
  go('link', () => fs.linkSync('meminfo', 'new'));
  go('symlink', () => fs.symlinkSync('x', 'new'));
  go('readlink', () => fs.readlinkSync('meminfo'));
  go('chmod', () => fs.chmodSync('meminfo', 0o444));
  go('chown', () => fs.chownSync('meminfo', 0, 0));
  go('utimes', () => fs.utimesSync('meminfo', 1, 1));
  go('fsync', () => fs.fsyncSync(fd));
  go('below', () => fs.statSync('meminfo/x'));
  go('read directory', () => fs.readFileSync('sys'));
  say(codes);`;

t.test('errors are those of /proc', async (t) => {
  const mount = mounted(t);
  const head = "const fs = require('fs'); const say = (x) => console.log(JSON.stringify(x));";
  const real = await promisify(execFile)(process.execPath, ['-e', head + errnos], { cwd: '/proc' });
  const wanted = JSON.parse(real.stdout);
  // There is no `stat` in the test's tree.
  t.same(await mount.script(errnos), { ...wanted, over: 'ENOENT' });
  t.equal(wanted.write, 'EIO');
});

t.test('a render that fails', async (t) => {
  const mount = mounted(t);
  await t.rejects(mount.run('cat', 'throws'), { message: /Input\/output error/ });
  t.match(await mount.run('cat', 'throws'), /^render 2/, 'the next one works');
  await t.rejects(mount.run('cat', 'refuses'), { message: /Permission denied/ });
  await t.rejects(mount.run('cat', 'lies'), { message: /Input\/output error/ });
  const [, opens, renders, failures, , open] = await mount.countersAtRest();
  t.same([opens, renders, failures, open], [4, 4, 3, 0]);
});

t.test('a large body in one read', async (t) => {
  const mount = mounted(t);
  const length = await mount.script(`say(fs.readSync(fs.openSync('big'), Buffer.alloc(4 << 20)));`);
  t.equal(length, bigSize);
  const sum = await mount.run('sh', '-c', 'tr -d b < big | wc -c; cat big | wc -c');
  t.same(sum.trim().split('\n'), ['0', String(bigSize)]);
});

t.test('two workers, fifty readers', async (t) => {
  const mount = mounted(t, 2);
  const loop = 'for i in 1 2 3 4 5 6 7 8 9 10; do cat constant meminfo; done | wc -c -l';
  const readers = Array.from({ length: 50 }, () => mount.run('sh', '-c', loop));
  for (const output of await Promise.all(readers)) t.match(output, /^\s*20\s+15\d\d\d\n$/);
  const [, opens, , failures, , open] = await mount.countersAtRest();
  t.same([opens, failures, open], [1000, 0, 0]);
});

t.test(
  'a thread that pauses answers the request, runs its event loop, and serves again',
  async (t) => {
    const mount = mounted(t);
    t.match(
      await mount.run('cat', 'pauses', 'pauses', 'meminfo'),
      /^0 turns\n1 turns\nrender 1 for/,
    );
    const loop = 'for i in 1 2 3 4 5 6 7 8 9 10; do cat pauses; done | wc -l';
    const readers = Array.from({ length: 20 }, () => mount.run('sh', '-c', loop));
    for (const output of await Promise.all(readers)) t.equal(output, '10\n');
    t.equal(await mount.run('cat', 'pauses'), '202 turns\n');
    mount.session.stop();
    t.same(await mount.ended(), ['stopped']);
  },
);

t.test('stop, then unmount', async (t) => {
  const mount = mounted(t, 2);
  await mount.run('cat', 'meminfo');
  t.equal(mountsAt(mount.point).length, 1);
  mount.session.stop();
  t.same(await mount.ended(), ['stopped', 'stopped']);
  t.equal(
    native.Session.attach(mount.session.id).serve({
      ...{ worker: 0, body: new Uint8Array(1), render: () => 0 },
    }),
    'stopped',
  );
  mount.session.stop();
  mount.session.unmount();
  t.same(mountsAt(mount.point), [], 'nothing is left');
  mount.session.unmount();
});

t.test('unmounted by another process, and mounted again', async (t) => {
  const mount = mounted(t);
  await mount.run('cat', 'meminfo');
  t.notOk(mount.session.restore(), 'there is nothing to do');
  await promisify(execFile)('umount', [mount.point]);
  t.same(mountsAt(mount.point), []);
  t.ok(mount.session.restore());
  t.equal(mountsAt(mount.point).length, 1);
  t.match(await mount.run('cat', 'meminfo'), /^render 2 /, 'the connection stayed alive');
});

t.test('only our own mount is unmounted', async (t) => {
  const mount = mounted(t);
  await promisify(execFile)('mount', ['-t', 'tmpfs', 'other', mount.point]);
  t.teardown(() => promisify(execFile)('umount', ['-l', '-A', mount.point]).catch(() => {}));
  mount.session.unmount();
  t.equal(mountsAt(mount.point).length, 2);
  await promisify(execFile)('umount', ['-l', mount.point]);
  await promisify(execFile)('umount', ['-l', mount.point]);
});

t.test('a terminated worker ends at the next request', async (t) => {
  const mount = mounted(t);
  await mount.run('cat', 'meminfo');
  const gone = mount.terminate();
  await t.rejects(mount.run('cat', 'meminfo'), { message: /Input\/output error/ });
  await gone;
});

t.test('a process that stops exits by itself', async (t) => {
  const helper = new URL('./mounted.js', import.meta.url).href;
  const code = `import { Mounted } from '${helper}'; const mount = new Mounted(2);
    process.on('exit', (code) => console.log(mount.session.id, code));
    await mount.run('cat', 'meminfo'); mount.session.stop(); console.log(await mount.ended());
    mount.session.unmount();`;
  const args = ['--input-type=module', '-e', code];
  const TMPDIR = t.testdir();
  const options = { timeout: 20_000, env: { ...process.env, TMPDIR } };
  const child = promisify(execFile)(process.execPath, args, options);
  const { stdout } = await child.finally(() => sweep(TMPDIR));
  t.equal(stdout, "[ 'stopped', 'stopped' ]\n1 0\n");
});

t.test('wrong use', async (t) => {
  const mount = mounted(t);
  const { point } = mount;
  const make = (mountpoint: string, list = nodes) =>
    new native.Session({ mountpoint, fsname: 'test', nodes: list });
  t.throws(() => make('/nowhere'), { code: 'ENOENT', syscall: 'open', message: /'\/nowhere'/ });
  t.throws(() => make('/proc/meminfo'), { code: 'ENOTDIR', syscall: 'open' });
  t.throws(() => make(point), { code: 'EBUSY', syscall: 'mount', message: /already a procview/ });
  t.throws(() => make('/tmp', nodes.slice(1)), { code: 'EINVAL', message: /node 1/ });
  t.throws(() => make('\u20ac'), TypeError, 'no byte string');
  t.throws(() => native.Session.attach(4711), { code: 'ENOENT', syscall: 'attach' });
  t.throws(() => mount.session.counters(new Float64Array(8)), TypeError);
  const serve = mount.session.serve.bind(mount.session) as (options?: unknown) => unknown;
  const valid = { worker: 0, body: new Uint8Array(1), render: () => 0 };
  for (const [name, bad] of Object.entries({
    ...{ worker: '0', body: new Float64Array(1), render: 1, lookup: 1, write: 1, callers: {} },
  })) {
    t.throws(() => serve({ ...valid, [name]: bad }), { name: 'TypeError', message: /serve/ }, name);
  }
  t.throws(() => serve(), TypeError);
});

t.test('the mount options show the owner', async (t) => {
  const mountpoint = t.testdir();
  const optionsOf = (owner?: number) => {
    const option = owner === undefined ? {} : { owner };
    const session = new native.Session({ mountpoint, fsname: 'test', nodes, ...option });
    session.stop();
    const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'latin1'));
    session.unmount();
    return mounts.find(({ point }) => point === mountpoint)?.superOptions.slice(1);
  };
  const without = optionsOf();
  t.match(without, ['user_id=0', 'group_id=0', 'default_permissions', 'allow_other']);
  t.same(optionsOf(0), without);
  t.same(optionsOf(2 ** 31 - 1), [...(without ?? []), 'max_read=2147483647']);
});

t.test('over a directory of our own, and again after it', async (t) => {
  const outer = `${t.testdir()}/again`;
  mkdirSync(outer);
  for (let i = 0; i < 3; i++) {
    const session = new native.Session({ mountpoint: outer, fsname: 'test', nodes });
    session.stop();
    session.unmount();
  }
  t.same(mountsAt(outer), []);
});
