import fc from 'fast-check';
import t from 'tap';
import { parseCpuList } from '../../src/sampling/cpu-list.ts';

/** The kernel's own spelling of a CPU set (bitmap_print_list): ascending, runs as `first-last`. */
function kernelList(cpus: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const cpu of [...new Set(cpus)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === cpu - 1) last[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`)).join(',');
}

t.test('lists as real machines print them', async (t) => {
  t.same(parseCpuList('0\n'), [0]);
  t.same(parseCpuList('0-3,7\n'), [0, 1, 2, 3, 7]);
  t.same(parseCpuList('1,3-3,5-6'), [1, 3, 5, 6]);
  t.equal(parseCpuList('0-1023')?.length, 1024);
});

t.test('a list that is out of order or names a CPU twice is still a set', async (t) => {
  t.same(parseCpuList('7,0-2,1'), [0, 1, 2, 7]);
});

t.test('an empty cpuset (v1, never configured) is no set', async (t) => {
  t.equal(parseCpuList('\n'), null);
  t.equal(parseCpuList(''), null);
});

t.test('garbage is null, never a huge array', async (t) => {
  const garbage = [
    'max',
    '0-',
    '-1',
    '3-1',
    '0,,1',
    '0-3 7',
    '1.5',
    '0x1',
    '0-3:1/2',
    '٣',
    '0-99999',
  ];
  for (const text of [...garbage, '65536', '0-18446744073709551615', '1e3']) {
    t.equal(parseCpuList(text), null, text);
  }
});

t.test('round trip', async () => {
  const sets = fc.uniqueArray(fc.nat(2000), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(sets, (cpus) => {
      const parsed = parseCpuList(`${kernelList(cpus)}\n`) ?? [];
      const wanted = [...cpus].sort((a, b) => a - b);
      return JSON.stringify(parsed) === JSON.stringify(wanted);
    }),
  );
});

t.test('any text gives null or an ascending set of CPU numbers', async () => {
  const near = fc.string({ unit: fc.constantFrom('0', '1', '9', '-', ',', ' ', '\n', 'a') });
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (text) => {
      const cpus = parseCpuList(text);
      if (cpus === null) return true;
      const ascending = cpus.every((cpu, i) => i === 0 || cpu > (cpus[i - 1] ?? cpu));
      return (
        cpus.length > 0 && ascending && cpus.every((cpu) => Number.isSafeInteger(cpu) && cpu >= 0)
      );
    }),
    { numRuns: 2000 },
  );
});
