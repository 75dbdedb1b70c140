import fs from 'node:fs';
import t from 'tap';
import { Group, ReadPlan } from '../../src/cgroup/read-plan.ts';
import { Ledger } from '../../src/sampling/ledger.ts';
import { noPressure, parsePressure } from '../../src/sampling/pressure.ts';
import { PressureReader } from '../../src/sampling/pressure-reader.ts';

const some = 'some avg10=1.20 avg60=0.03 avg300=100.00 total=123456789012\n';
const full = 'full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n';

t.test('a line', async (t) => {
  t.same(parsePressure(some + full, 'some'), { averages: [120, 3, 10000], total: 123456789012 });
  t.same(parsePressure(some + full, 'full'), { averages: [0, 0, 0], total: 7 });
  t.equal(parsePressure(some, 'full'), null, 'cpu before 5.13');
  for (const text of [
    '',
    'some\n',
    'some avg10=1 avg60=0 avg300=0 total=1\n',
    'xsome avg10=0.00',
  ]) {
    t.equal(parsePressure(text, 'some'), null, JSON.stringify(text));
  }
});

t.test('64 bits', async (t) => {
  const text = some.replace('123456789012', '18446744073709551615');
  t.equal(parsePressure(text, 'some')?.total, 2 ** 64);
});

t.test('the files of a container, also when they are switched off', async (t) => {
  const root = t.testdir({
    cgroup: { c: { 'cpu.pressure': some + full, 'io.pressure': full } },
    state: {},
  });
  const entry = new Ledger(`${root}/state/ledger`, 1, 'boot', 'exclusive').entry(1, 1, 1e6);
  const plan = new ReadPlan();
  const hierarchy = { version: 2, mountpoint: `${root}/cgroup`, root: '/' } as const;
  const reader = new PressureReader(plan, { hierarchy, levels: ['c'] });
  const { sources } = plan.open();
  t.teardown(() => sources.close());
  sources.sample(Group.pressure);
  const { cpu, memory, io } = reader.read(sources, entry, 1e6);
  t.same(cpu.some, { averages: [120, 3, 10000], total: 123456789012 });
  t.same([cpu.full.total, io.some.total, io.full.total], [7, 0, 7]);
  t.same(memory, noPressure.memory, 'no such file');

  fs.rmSync(`${root}/cgroup/c`, { recursive: true });
  sources.sample(Group.pressure);
  const later = reader.read(sources, entry, 2e6);
  t.same(later.cpu.some.averages, [120, 3, 10000], 'a file that is open can still be read');
  sources.close();
  sources.sample(Group.pressure);
  t.same(reader.read(sources, entry, 3e6).cpu.some, { averages: [0, 0, 0], total: 123456789012 });
});

t.test("in the root of the tree nothing is the container's own", async (t) => {
  const root = t.testdir({ state: {} });
  const entry = new Ledger(`${root}/state/ledger`, 1, 'boot', 'exclusive').entry(1, 1, 1e6);
  const plan = new ReadPlan();
  const { sources } = plan.open();
  t.same(new PressureReader(plan, null).read(sources, entry, 1e6), noPressure);
});
