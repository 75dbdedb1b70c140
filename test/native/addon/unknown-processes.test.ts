import fs from 'node:fs';
import { constants } from 'node:os';
import t from 'tap';
import { native } from '../../../src/native/addon.ts';

t.test('processes in none of the known cgroups', async (t) => {
  const root = t.testdir({
    proc: { 1: {}, 7: {}, 12: {}, 100: {}, '12a': {}, self: {}, uptime: '1' },
    web: { 'cgroup.procs': '7\n100\n' },
    db: { 'cgroup.procs': '12\n' },
    empty: { 'cgroup.procs': '' },
  });
  const inode = (name: string): number => fs.statSync(`${root}/${name}`).ino;
  const processes = new native.UnknownProcesses();
  const know = (name: string, number = inode(name)): number =>
    processes.addKnown(`${root}/${name}`, number);
  t.same(processes.list(`${root}/proc`), [1, 7, 12, 100]);
  t.equal(know('web'), 2);
  t.equal(know('db'), 1);
  t.equal(know('empty'), 0);
  t.same(processes.list(`${root}/proc`), [1]);
  t.same(
    processes.list(`${root}/proc`),
    [1, 7, 12, 100],
    'the known processes of the last scan are forgotten',
  );
  t.equal(know('web', inode('db')), 0, 'another cgroup of the same name');
  t.equal(processes.addKnown(`${root}/none`, 1), 0);
  t.same(processes.list(`${root}/proc`), [1, 7, 12, 100]);
});

t.test('errors', async (t) => {
  const processes = new native.UnknownProcesses();
  t.equal(processes.list(`${t.testdir({ file: '' })}/file`), -constants.errno.ENOTDIR);
  t.throws(() => processes.addKnown('/', '1' as never), TypeError);
  t.throws(() => processes.list(1 as never), TypeError);
});
