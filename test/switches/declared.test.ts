import t from 'tap';
import { declaredByEnvironment, declaredSwitch } from '../../src/switches/declared.ts';

t.test('in the environment of the first process', async (t) => {
  const environ = (...each: string[]): string => each.map((one) => `${one}\0`).join('');
  const declaredIn = declaredByEnvironment;
  t.equal(declaredIn(environ('PATH=/bin', 'PROCVIEW_STATS_ISOLATED=0', 'TERM=x')), false);
  t.equal(declaredIn(environ('PROCVIEW_STATS_ISOLATED=1')), true);
  t.equal(declaredIn('PROCVIEW_STATS_ISOLATED=0'), false, 'cut at its end');
  t.equal(
    declaredIn(environ('PROCVIEW_STATS_ISOLATED=0', 'PROCVIEW_STATS_ISOLATED=1')),
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
    t.equal(declaredIn(none), null, JSON.stringify(none));
  }
});

t.test('in an annotation or a label', async (t) => {
  const key = 'io.procview/stats-isolated';
  const none = new Map<string, string>();
  const keyOf = (value: string): ReadonlyMap<string, string> => new Map([[key, value]]);
  const by = (
    annotations: ReadonlyMap<string, string>,
    labels: ReadonlyMap<string, string> = none,
  ): boolean | null => declaredSwitch({ environ: '', annotations, labels });
  t.equal(by(keyOf('0')), false);
  t.equal(by(keyOf('1')), true);
  t.equal(by(none, keyOf('0')), false, 'a label');
  for (const nothing of [none, keyOf('no'), keyOf(''), new Map([['other', '0']])]) {
    t.equal(by(nothing), null, JSON.stringify([...nothing]));
  }
  const environ = 'PROCVIEW_STATS_ISOLATED=1\0';
  const all = { environ, annotations: keyOf('0'), labels: keyOf('0') };
  t.equal(declaredSwitch(all), true, 'the environment comes first');
});
