import { existsSync } from 'node:fs';
import t from 'tap';
import { mounted } from './mounted.ts';

if (process.getuid?.() !== 0 || !existsSync('/dev/fuse')) t.bailout('needs root and /dev/fuse');

t.test('each caller sees its own entries', async (t) => {
  const mount = mounted(t, 2);
  const look = `
    const names = () => fs.readdirSync('sys/cpu', { withFileTypes: true })
      .map((entry) => [entry.name.replace(process.pid, 'me'), entry.isDirectory()]);
    say([names(), names(), fs.existsSync('sys/cpu/for-' + process.pid), fs.existsSync('sys/cpu/for-1')])`;
  const mine = [
    ['for-me', true],
    ['online', false],
  ];
  const seen = await Promise.all(Array.from({ length: 20 }, () => mount.script(look)));
  for (const each of seen) t.same(each, [mine, mine, true, false]);
});

t.test('entries below a dynamic entry', async (t) => {
  const mount = mounted(t);
  const [listed, link, text, size, parent] = (await mount.script(`
    process.chdir('sys/cpu/for-' + process.pid + '/deeper/deeper');
    say([fs.readdirSync('.').sort(), fs.readlinkSync('link'), fs.readFileSync('link', 'latin1'),
      fs.statSync('all-may').size, fs.readdirSync('..').length])`)) as unknown[];
  t.same(listed, ['all-may', 'deeper', 'link', 'root-may']);
  t.equal(link, 'all-may');
  t.match(text, /^render 1 for \d+\n$/, 'a link is followed');
  t.equal(size, 4096, 'files are as in /sys');
  t.equal(parent, 4);
});

t.test('permissions of dynamic entries', async (t) => {
  const mount = mounted(t);
  const codes = await mount.script(`
    process.chdir('sys/cpu/for-' + process.pid);
    const code = (file, flags) => {
      try { fs.closeSync(fs.openSync(file, flags)); return 'ok'; } catch (error) { return error.code; }
    };
    const all = () => [code('all-may', 'r'), code('root-may', 'r'), code('all-may', 'r+'), code('x', 'w')];
    const root = all(); process.setuid(65534); say([root, all()])`);
  t.same(codes, [
    ['ok', 'ok', 'EROFS', 'ENOENT'],
    ['ok', 'EACCES', 'EACCES', 'EACCES'],
  ]);
});

t.test('a static child is opened without a lookup', async (t) => {
  const mount = mounted(t);
  await mount.run('cat', 'sys/cpu/online');
  const [before = 0] = mount.counters();
  await mount.script(`
    for (let i = 0; i < 100; i++) {
      const fd = fs.openSync('sys/cpu/online'); fs.readSync(fd, Buffer.alloc(100)); fs.closeSync(fd);
    } say(1)`);
  const [after = 0] = mount.counters();
  t.ok(after - before < 310, `OPEN, READ, RELEASE: ${after - before} requests for 100 reads`);
});

t.test('a listing of any length, read in pieces', async (t) => {
  const mount = mounted(t);
  const lists = await mount.script(`
    const read = (bufferSize) => { const names = []; const directory = fs.opendirSync('sys/cpu', { bufferSize });
      for (let entry; (entry = directory.readSync()); ) names.push(entry.name);
      directory.closeSync(); return names.length; };
    say([read(1), read(2), read(100)])`);
  t.same(lists, [2, 2, 2]);
  const [, , , failures, , open] = await mount.countersAtRest();
  t.same([failures, open], [0, 0], 'nothing is left open');
});
