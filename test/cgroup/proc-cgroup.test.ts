import fc from 'fast-check';
import t from 'tap';
import { parseCgroupText } from '../../src/cgroup/proc-cgroup.ts';

const parse = (text: string): Record<string, string> => Object.fromEntries(parseCgroupText(text));

t.test('v2', async (t) => {
  t.same(parse('0::/system.slice/a.service\n'), { unified: '/system.slice/a.service' });
});

t.test('v1 and hybrid: one path per controller', async (t) => {
  const text = '12:name=systemd:/init\n4:memory:/m/a\n2:cpu,cpuacct:/c\n0::/u\n';
  t.same(parse(text), {
    'name=systemd': '/init',
    memory: '/m/a',
    cpu: '/c',
    cpuacct: '/c',
    unified: '/u',
  });
});

t.test('names with blanks, colons and bytes that are not UTF-8', async (t) => {
  t.same(parse('4:memory:/a b/c:d/\u00ff\n'), { memory: '/a b/c:d/\u00ff' });
});

t.test('a removed cgroup that still has tasks', async (t) => {
  const called = '/gone (deleted)';
  t.same(parse(`0::${called}\n`), { unified: called }, 'a cgroup may be called so');
});

t.test('paths outside our cgroup namespace are skipped', async (t) => {
  t.same(parse('0::/..\n'), {});
  t.same(parse('5:pids:/../../other\n4:memory:/own\n'), { memory: '/own' });
  t.same(parse('0::/..odd\n'), { unified: '/..odd' }, 'only a prefix of the name');
});

t.test('garbage is skipped, and nothing throws', async (t) => {
  t.same(parse(''), {});
  t.same(parse('no cgroup\n:::\n1:memory:relative\n\nx:memory:/a\n'), {});
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      [...parseCgroupText(text).values()].every((path) => path.startsWith('/')),
    ),
    { numRuns: 1000 },
  );
});
