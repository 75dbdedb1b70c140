import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { archives, readTree, unpacked, writeTree } from './fixtures.ts';
import { project } from './project.ts';
import { type Entry, formatArchive, parseArchive } from './text-archive.ts';

const file = (path: string, content: string | Buffer, mode = 0o644): Entry => ({
  kind: 'file',
  path,
  mode,
  content: Buffer.from(content),
});

const HUNDRED = 'line of a file\n'.repeat(10);

const TREE: readonly Entry[] = [
  file('a/cpu', 'one\n'),
  { kind: 'directory', path: 'a/empty' },
  file('a/no-newline', 'one\ntwo'),
  file('a/none', ''),
  file('a/only-newline', '\n'),
  file('a/script', '#!/bin/sh\n', 0o755),
  file('b/binary', Buffer.from([0, 255, 10, 128])),
  file('b/cpu', 'one\n'),
  file('b/heading', '-- a/cpu --\n'),
  file('b/long', HUNDRED),
  { kind: 'link', path: 'b/ns/pid', target: 'pid:[4026532313]' },
  file('c/long', HUNDRED),
  file('c/private', HUNDRED, 0o600),
];

t.test('a tree is the same after a round trip', async (t) => {
  const text = formatArchive(TREE);
  t.match(text, '-- c/long = b/long --\n', 'a long content appears once');
  t.match(text, '-- b/cpu --\none\n', 'a short one is repeated');
  t.match(text, '-- b/ns/pid -> pid:[4026532313] --\n');
  t.match(text, '-- a/no-newline (no newline) --\none\ntwo\n');
  t.strictSame(parseArchive(text), TREE);
  const root = t.testdir({});
  writeTree(root, TREE);
  t.equal(formatArchive(readTree(root)), text, 'also by way of files');
});

t.test('the captured hosts are as their archives', async (t) => {
  t.ok(archives.length >= 5);
  for (const host of archives) {
    const text = fs.readFileSync(join(project, 'test/fixtures', `${host}.txt`), 'latin1');
    t.equal(formatArchive(readTree(unpacked(host))), text, host);
  }
});

t.test('absolute paths, notes and repeated paths', async (t) => {
  const text = [
    ...['-- /proc/stat --', 'cpu 1', '-- /sys/fs/cgroup/cpu/web/cpu.stat --', 'nr_periods 1'],
    ...['-- (after 10 s of system calls) --', '-- /proc/stat --', 'cpu 2'],
    ...['-- in the container --', '-- container /proc/stat --', 'cpu 3', ''],
  ].join('\n');
  const entries = parseArchive(text);
  t.strictSame(
    entries.map((entry) => (entry.kind === 'note' ? entry.text : entry.path)),
    [
      ...['proc/stat', 'sys/fs/cgroup/cpu/web/cpu.stat', 'after 10 s of system calls', 'proc/stat'],
      ...['in the container', 'container/proc/stat'],
    ],
  );
  const root = t.testdir({});
  writeTree(root, entries);
  t.equal(fs.readFileSync(join(root, 'proc/stat'), 'latin1'), 'cpu 2\n', 'the last one remains');
  t.equal(fs.readFileSync(join(root, 'container/proc/stat'), 'latin1'), 'cpu 3\n');
});

t.test('an archive that is damaged is refused', async (t) => {
  t.throws(() => parseArchive('cpu 1\n'), /begins with a heading/);
  t.throws(() => parseArchive('-- a --\ncpu'), /ends with a newline/);
  t.throws(() => parseArchive('-- a = b --\n'), /no such file above/);
  t.throws(() => writeTree(t.testdir({}), parseArchive('-- ../a --\n')), /leads out/);
  t.throws(() => formatArchive([file('a = b', '')]), /cannot archive/);
  t.throws(() => formatArchive([file('a b', '')]), /cannot archive/);
});
