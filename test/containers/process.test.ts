import fc from 'fast-check';
import t from 'tap';
import { parseStartTime, parseStatus } from '../../src/containers/process.ts';

/** /proc/<pid>/stat of a process with this name and start. */
const stat = (name: string, ticks: number | string): string =>
  `42 (${name}) S 1 42 42 0 -1 4194560 102 0 0 0 0 0 0 0 20 0 1 0 ${ticks} 2703360 250 18446744073709551615 1\n`;

t.test('start time, with any name', async (t) => {
  const names = [
    'sh',
    'my daemon',
    'a) S 9 9',
    ')',
    '((',
    '',
    'tmux: server',
    'new\nline',
    '\u00ff',
  ];
  for (const name of names) t.equal(parseStartTime(stat(name, 1234)), 12_340_000, name);
  const any = fc.string({ unit: 'binary', maxLength: 15 });
  fc.assert(
    fc.property(any, fc.nat(1e9), (name, at) => parseStartTime(stat(name, at)) === at * 10_000),
  );
});

t.test('no start time', async (t) => {
  for (const text of ['', '42', '42 (x', '42 (x) S 1\n', stat('x', '-1'), stat('x', 'y')]) {
    t.ok(Number.isNaN(parseStartTime(text)), JSON.stringify(text));
  }
});

t.test('status: parent, and pid in each namespace', async (t) => {
  const status = 'Name:\tx\nPid:\t42\nPPid:\t7\nNSpid:\t42\t1\nThreads:\t1\n';
  t.same(parseStatus(status), { parent: 7, namespacePids: [42, 1] });
  t.same(parseStatus(status.replace('\t42\t1', '\t42')), { parent: 7, namespacePids: [42] });
  t.equal(parseStatus('Name:\tx\nPPid:\t7\n'), null, 'before 4.1');
  t.equal(parseStatus(''), null);
  const disguised = `Name:\tPPid:\\t1\\nNSpid:\t9\n${status}`;
  t.equal(parseStatus(disguised)?.parent, 7, 'a name is not a line');
});
