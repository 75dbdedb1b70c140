import t from 'tap';
import { failures, perFile, summarize } from './tap-summary.ts';

const PASSED = 'TAP version 14\nok 1 - a\n1..1\n# { total: 4, pass: 3, skip: 1 }\n';

t.test('the totals in the last line count', async (t) => {
  t.strictSame(summarize(PASSED, 0), { passed: 3, failed: 0, skipped: 1 });
  const both = `    ${PASSED.replaceAll('\n', '\n    ')}\n# { total: 2, pass: 1, fail: 1 }\n`;
  t.strictSame(summarize(both, 1), { passed: 4, failed: 1, skipped: 1 }, 'nested streams add up');
});

t.test('without totals each test point counts', async (t) => {
  const text = '# files\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP no root\n1..3\n';
  t.strictSame(summarize(text, 1), { passed: 1, failed: 1, skipped: 1 });
});

t.test('a program that crashes, hangs or prints nothing has failed', async (t) => {
  t.equal(summarize(PASSED, 1).failed, 1, 'exit code 1 after all has passed');
  t.equal(summarize(PASSED, null).failed, 1, 'ended by a signal');
  t.equal(summarize('Segmentation fault', 139).failed, 1, 'no TAP');
  t.equal(summarize('', 0).failed, 1, 'nothing at all');
});

t.test('failures are shown with their diagnosis, passed tests are not', async (t) => {
  const text = [
    'TAP version 14',
    '# Subtest: a',
    '    ok 1 - fine',
    '    not ok 2 - broken',
    '      ---',
    '      diff: 1',
    '      ...',
    '    1..2',
    'not ok 1 - a',
  ].join('\n');
  const shown = [
    '    not ok 2 - broken',
    '      ---',
    '      diff: 1',
    '      ...',
    'not ok 1 - a',
  ];
  t.strictSame(failures(text), shown);
});

t.test('each file of a stream counts; a file that is missing has failed', async (t) => {
  const totals = (fail: number): string => `    # { total: 3, pass: ${3 - fail}, fail: ${fail} }\n`;
  const text = [
    `TAP version 14\n# Subtest: a\n${totals(0)}ok 1 - a # time=4s\n`,
    `# Subtest: b\n    # Subtest: inner\n${totals(1)}not ok 2 - b # time=5s\n`,
    `# Subtest: c\n    ok 1 - the machine stops\n`,
  ].join('');
  const files = perFile(text, ['a', 'b', 'c', 'd'], 1);
  t.strictSame(files.get('a'), { passed: 3, failed: 0, skipped: 0, seconds: '4' });
  t.strictSame(files.get('b'), { passed: 2, failed: 1, skipped: 0, seconds: '5' });
  t.equal(files.get('c')?.failed, 1, 'a file that was cut off');
  t.equal(files.get('d')?.failed, 1, 'a file that never began');
  t.equal(perFile(PASSED, ['a'], 1).get('a')?.failed, 1, 'a single file is the whole stream');
});
