import fs from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { firstBelow } from '../../src/containers/init.ts';
import { ProcessReader } from '../../src/containers/process.ts';

/** A made-up procfs and hierarchy: start time in ticks by pid, pids by cgroup. */
function machine(t: Test, starts: Record<number, number>, cgroups: Record<string, number[]>) {
  const root = t.testdir({});
  const write = (path: string, text: string): void => {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true });
    fs.writeFileSync(join(root, path), text);
  };
  for (const [pid, at] of Object.entries(starts)) {
    write(`proc/${pid}/stat`, `${pid} (a b) S 1${' 0'.repeat(17)} ${at} 0\n`);
  }
  for (const [path, pids] of Object.entries(cgroups)) {
    write(`cgroup/${path}/cgroup.procs`, pids.map((pid) => `${pid}\n`).join(''));
  }
  return { proc: new ProcessReader(`${root}/proc`), hierarchy: `${root}/cgroup` };
}

t.test('the first process of a cgroup, wherever below it', async (t) => {
  const starts = { 10: 500, 11: 300, 12: 400, 13: 100 };
  const { proc, hierarchy } = machine(t, starts, {
    web: [],
    'web/init.scope': [12],
    'web/system.slice/a.service': [10, 11, 99],
    other: [13],
  });
  t.equal(firstBelow(proc, hierarchy, 'web'), 11);
  t.equal(firstBelow(proc, hierarchy, 'web/init.scope'), 12);
  t.equal(firstBelow(proc, hierarchy, 'other'), 13);
  t.equal(firstBelow(proc, hierarchy, 'none'), 0);
});

t.test('only the nearest of very many cgroups and processes are considered', async (t) => {
  const starts = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [i + 1, 300 - i]));
  const pids = Object.keys(starts).map(Number);
  const cgroups = Object.fromEntries(pids.map((pid) => [`web/${pid}`, [pid]]));
  const wide = machine(t, starts, { ...cgroups, web: [7] });
  t.ok(firstBelow(wide.proc, wide.hierarchy, 'web') >= 7);
  const crowded = machine(t, starts, { web: pids });
  t.equal(firstBelow(crowded.proc, crowded.hierarchy, 'web'), 256);
});
