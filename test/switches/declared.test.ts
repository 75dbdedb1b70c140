import t from 'tap';
import { declaredByEnvironment, declaredSwitch } from '../../src/switches/declared.ts';

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
  const none = new Map<string, string>();
  const says = (value: string): ReadonlyMap<string, string> => new Map([[key, value]]);
  const by = (
    annotations: ReadonlyMap<string, string>,
    labels: ReadonlyMap<string, string> = none,
  ): boolean | null => declaredSwitch({ environ: '', annotations, labels });
  t.equal(by(says('0')), false);
  t.equal(by(says('1')), true);
  t.equal(by(none, says('0')), false, 'a label');
  for (const nothing of [none, says('no'), says(''), new Map([['other', '0']])]) {
    t.equal(by(nothing), null, JSON.stringify([...nothing]));
  }
  const environ = 'PROCVIEW_STATS_ISOLATED=1\0';
  const all = { environ, annotations: says('0'), labels: says('0') };
  t.equal(declaredSwitch(all), true, 'the environment comes first');
});
