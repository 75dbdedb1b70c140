import t from 'tap';
import { declaredByEnvironment, declaredByLabels } from '../../src/switches/declared.ts';

t.test('in the environment of the first process', async (t) => {
  const environ = (...each: string[]): string => each.map((one) => `${one}\0`).join('');
  const says = declaredByEnvironment;
  t.equal(says(environ('PATH=/bin', 'PROCVIEW_STATS_ISOLATED=0', 'TERM=x')), false);
  t.equal(says(environ('PROCVIEW_STATS_ISOLATED=1')), true);
  t.equal(says('PROCVIEW_STATS_ISOLATED=0'), false, 'cut at its end');
  t.equal(
    says(environ('PROCVIEW_STATS_ISOLATED=0', 'PROCVIEW_STATS_ISOLATED=1')),
    true,
    'the last',
  );
  for (const none of [
    '',
    environ('PATH=/bin'),
    environ('PROCVIEW_STATS_ISOLATED'),
    environ('PROCVIEW_STATS_ISOLATED='),
    environ('PROCVIEW_STATS_ISOLATED=off'),
    environ('MY_PROCVIEW_STATS_ISOLATED=0'),
    environ('X=PROCVIEW_STATS_ISOLATED=0'),
    environ('X=a\nPROCVIEW_STATS_ISOLATED=0'),
  ]) {
    t.equal(says(none), null, JSON.stringify(none));
  }
});

t.test('in an annotation or a label', async (t) => {
  const key = 'io.procview/stats-isolated';
  t.equal(declaredByLabels({ [key]: '0', other: '1' }), false);
  t.equal(declaredByLabels({ [key]: '1' }), true);
  for (const none of [
    {},
    { [key]: 'no' },
    { [key]: 0 },
    { [key]: null },
    [],
    null,
    'x',
    undefined,
  ]) {
    t.equal(declaredByLabels(none), null, JSON.stringify(none));
  }
  t.equal(declaredByLabels(Object.create({ [key]: '0' })), null, 'not inherited');
});
