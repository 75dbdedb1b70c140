import fc from 'fast-check';
import t from 'tap';
import { parseCpuList, parseCpuMask } from '../../src/sampling/cpu-list.ts';
import { formatCpuList, formatCpuMask, visibleCpus } from '../../src/views/cpu-set.ts';

t.test('as the kernel prints them', async (t) => {
  t.equal(formatCpuList([0]), '0');
  t.equal(formatCpuList([0, 1, 2, 5, 7, 8]), '0-2,5,7-8');
  t.equal(formatCpuList([]), '');
  t.equal(formatCpuMask([0, 1], '3\n'), '3');
  t.equal(formatCpuMask([0, 33], 'f,ffffffff\n'), '2,00000001');
  t.equal(formatCpuMask([], 'ff\n'), '00');
  t.throws(() => formatCpuMask([4], 'f'), RangeError);
});

/** What a kernel of `bits` CPUs prints for all of them. */
function fullMask(bits: number): string {
  const digits = (2n ** BigInt(bits) - 1n).toString(16);
  return digits.replace(/\B(?=(.{8})+$)/g, ',');
}

t.test('masks agree with lists, for 1 to 1024 CPUs', async (t) => {
  const some = fc
    .integer({ min: 1, max: 1024 })
    .chain((bits) =>
      fc.tuple(fc.constant(bits), fc.uniqueArray(fc.nat(bits - 1), { minLength: 1 })),
    );
  fc.assert(
    fc.property(some, ([bits, set]) => {
      const cpus = [...set].sort((a, b) => a - b);
      const like = fullMask(bits);
      const mask = formatCpuMask(cpus, like);
      const same = (found: readonly number[] | null): boolean => found?.join() === cpus.join();
      return (
        mask.length === like.length &&
        same(parseCpuMask(`${mask}\n`)) &&
        same(parseCpuList(`${formatCpuList(cpus)}\n`))
      );
    }),
  );
  for (let bits = 1; bits <= 1024; bits++) {
    const like = fullMask(bits);
    if (formatCpuMask(visibleCpus(bits), like) !== like) t.fail(`${bits} CPUs`);
  }
  t.same(parseCpuMask('no mask'), []);
});
