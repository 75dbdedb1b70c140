import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { constants } from 'node:os';
import t from 'tap';
import { native } from '../../../src/native/addon.ts';

const { EFBIG, EINVAL, ELOOP, ENOENT, ENOTDIR, EXDEV } = constants.errno;

t.test('readFile', async (t) => {
  const path = `${t.testdir({ file: 'hello' })}/file`;
  const into = Buffer.alloc(10, '.');
  t.equal(native.readFile(path, into.subarray(2)), 5);
  t.equal(into.toString(), '..hello...');
  t.equal(native.readFile(path, new Uint8Array(5)), 5);
  t.equal(native.readFile(path, new Uint8Array(4)), -EFBIG);
  t.equal(native.readFile(`${path}x`, into), -ENOENT);
  t.equal(native.readFile(`${path}\0`, into), -EINVAL);
  t.throws(() => native.readFile(path, new Float64Array(1) as never), TypeError);
  const page = new Uint8Array(1 << 20);
  const length = native.readFile('/proc/self/smaps', page);
  t.ok(length > 4096 && page[length - 1] === 10, 'a file that comes a page at a time');
});

t.test('readFile under the personality of 32-bit tasks, which ends with the read', async (t) => {
  const personality = (linux32?: boolean): string => {
    const into = Buffer.alloc(16);
    const length = native.readFile('/proc/thread-self/personality', into, linux32);
    return into.toString('latin1', 0, length);
  };
  const before = personality();
  t.not(before, '00000008\n');
  t.equal(personality(true), '00000008\n');
  t.equal(personality(), before);
  t.equal(native.readFile('/nonexistent', Buffer.alloc(1), true), -ENOENT);
  t.equal(personality(), before, 'also after a failure');
});

t.test('readText', async (t) => {
  const root = t.testdir({ empty: '' });
  fs.writeFileSync(`${root}/bytes`, Buffer.from([0, 0x80, 0xff]));
  fs.writeFileSync(`${root}/long`, Buffer.alloc((1 << 20) + 1));
  fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xe9])]), 'latin1');
  t.equal(native.readText(`${root}/bytes`), '\0\u0080\u00ff');
  t.equal(native.readText(`${root}/\u00e9`), 'latin1', 'the name is bytes');
  t.equal(native.readText(`${root}/empty`), '');
  t.equal(native.readText(`${root}/long`), -EFBIG);
  t.equal(native.readText(`${root}/none`), -ENOENT);
  t.equal(native.readText(`${root}/\u0165mpty`), -EINVAL, 'a code point is not cut to a byte');
  t.equal(native.readText(7 as never), -EINVAL);
  const spec = fs.readFileSync('/proc/filesystems', 'latin1');
  t.equal(native.readText('/proc/filesystems'), spec);
});

t.test('readLink', async (t) => {
  const root = t.testdir({});
  fs.symlinkSync(Buffer.from([0x61, 0xff]), `${root}/link`);
  t.equal(native.readLink(`${root}/link`), 'a\u00ff');
  t.equal(native.readLink('/proc/self/ns/pid'), fs.readlinkSync('/proc/self/ns/pid'));
  t.equal(native.readLink(root), -EINVAL);
  t.equal(native.readLink(`${root}/none`), -ENOENT);
});

t.test('readDirectory', async (t) => {
  const root = t.testdir({ d: { one: {}, two: {}, file: '' } });
  fs.symlinkSync('d', `${root}/link`);
  fs.symlinkSync('one', `${root}/d/alias`);
  const names = (path: string, only: boolean) => native.readDirectory(root, path, only);
  t.same([...(names('/d', false) as string[])].sort(), ['alias', 'file', 'one', 'two']);
  t.same([...(names('d', true) as string[])].sort(), ['one', 'two']);
  t.same(names('d/one', false), []);
  t.equal(names('d/file', false), -ENOTDIR);
  t.ok([-ELOOP, -ENOTDIR].includes(names('link', false) as number), 'a link');
  t.equal(names('..', false), -EXDEV);
  t.equal(names('none', false), -ENOENT);
});

/** What another process gets when it maps the file. */
const elsewhere = (path: string, mode: string): string => {
  const url = new URL('../../../src/native/addon.js', import.meta.url).href;
  const code = `
    const { native } = await import(${JSON.stringify(url)});
    try {
      const bytes = new Uint8Array(native.mapFile(${JSON.stringify(path)}, 4096, '${mode}'));
      bytes[1] = 9;
      console.log(bytes[0]);
    } catch (error) {
      console.log(error.code, error.syscall);
    }`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', code]);
  return run.stdout.toString().trim();
};

t.test('mapFile', async (t) => {
  const path = `${t.testdir({})}/ledger`;
  t.equal(elsewhere(path, 'private'), 'ENOENT open');
  const ledger = native.mapFile(path, 4096, 'exclusive');
  const bytes = new Uint8Array(ledger);
  t.equal(ledger.byteLength, 4096);
  bytes[0] = 42;
  t.equal(fs.statSync(path).mode & 0o7777, 0o600);
  t.equal(elsewhere(path, 'exclusive'), 'EWOULDBLOCK flock');
  t.equal(elsewhere(path, 'private'), '42');
  t.equal(bytes[1], 0, 'a copy does not reach the file');
  t.equal(elsewhere(path, 'shared'), '42');
  t.equal(bytes[1], 9, 'shared does');
  t.throws(() => native.mapFile(path, 8192, 'shared'), { code: 'ERANGE' });
  t.equal(fs.statSync(path).size, 4096, 'neither grown nor shrunk');
});

t.test('mapFile after its holder has died', async (t) => {
  const path = `${t.testdir({})}/ledger`;
  t.equal(elsewhere(path, 'exclusive'), '0');
  t.equal(elsewhere(path, 'exclusive'), '0', 'the lock went with the process');
});

t.test('mapFile refuses', async (t) => {
  const root = t.testdir({ file: '' });
  fs.symlinkSync('file', `${root}/link`);
  t.throws(() => native.mapFile(`${root}/link`, 1, 'shared'), { code: 'ELOOP', syscall: 'open' });
  t.throws(() => native.mapFile(`${root}/no/file`, 1, 'shared'), { code: 'ENOENT' });
  t.throws(() => native.mapFile(`${root}/file`, 0, 'shared'), RangeError);
  t.throws(() => native.mapFile(`${root}/file`, 1.5, 'shared'), RangeError);
  t.throws(() => native.mapFile(`${root}/file`, 1, 'other' as never), TypeError);
});
