/**
 * All files that name CPUs name the CPUs of stat, also while limits change under a running reader.
 */
import t from 'tap';
import { startContainer } from './helpers/container.ts';
import { FILES } from './helpers/container-kind.ts';
import { startDaemon } from './helpers/daemon.ts';
import { cpuTicks, kilobytes } from './helpers/proc-text.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();
const { mount: bind } = await startDaemon(t);

/** Matches once for each CPU of a file. */
const CPUS: Readonly<Record<string, RegExp>> = {
  cpuinfo: /^processor\t*: \d+$/gm,
  interrupts: /CPU\d+ /g,
  softirqs: /CPU\d+ /g,
  schedstat: /^cpu\d+ /gm,
  zoneinfo: /^ +cpu: \d+$/gm,
};

/** The numbers of each line with one column for each CPU, and of each CPU's line. */
function counters(text: string, cpus: number): Map<string, number[]> {
  const row = new RegExp(`^ *(\\w+):((?: +\\d+){${cpus}})(?:  |$)|^(cpu\\d+)((?: \\d+)+)$`, 'gm');
  const rows = [...text.matchAll(row)].map((match): [string, number[]] => [
    match[1] ?? match[3] ?? '',
    (match[2] ?? match[4] ?? '').trim().split(/ +/).map(Number),
  ]);
  return new Map(rows);
}

/** Keys of the lines in which a number is lower than before. */
function decreased(before: Map<string, number[]>, after: Map<string, number[]>): string[] {
  return [...after].flatMap(([key, numbers]) => {
    const old = before.get(key) ?? [];
    return numbers.every((number, i) => number >= (old[i] ?? 0)) ? [] : [key];
  });
}

for (const kind of kinds) {
  t.test(`${kind}: all files show the CPUs of stat, and no counter decreases`, async (t) => {
    const limits = { memory: 128 * MiB, quota: 2, cpuset: '0-1' };
    const container = await startContainer(t, { kind, limits, bind });
    const inside = container.inside();
    const last = new Map<string, Map<string, number[]>>();
    const steps = [{}, { quota: 0.5 }, { cpuset: '1' }, { quota: 2 }, { cpuset: '0-1' }];
    for (const change of steps) {
      container.cgroup.set(change);
      const what = JSON.stringify(change);
      const count = cpuTicks(await inside.read('/proc/stat')).length - 1;
      for (const file of FILES.filter((each) => each in CPUS)) {
        const text = await inside.read(`/proc/${file}`);
        t.equal(text.match(CPUS[file] ?? /^$/)?.length, count, `${file}: ${what}`);
        const now = counters(text, count);
        t.strictSame(decreased(last.get(file) ?? new Map(), now), [], `${file}: ${what}`);
        last.set(file, now);
      }
    }
    t.ok((last.get('softirqs')?.size ?? 0) >= 10, 'softirqs has counters');
  });

  t.test(`${kind}: zoneinfo shows the container's memory`, async (t) => {
    const container = await startContainer(t, { kind, limits: { memory: 128 * MiB }, bind });
    const zoneinfo = await container.output(['cat', '/proc/zoneinfo']);
    t.equal(zoneinfo.match(/^Node/gm)?.length, 1);
    t.match(zoneinfo, new RegExp(`^ +managed +${(128 * MiB) / 4096}$`, 'm'));
    const free = Number(/^ +pages free +(\d+)$/m.exec(zoneinfo)?.[1]) * 4;
    const meminfo = await container.output(['cat', '/proc/meminfo']);
    t.ok(Math.abs(free - kilobytes(meminfo, 'MemFree')) < 1024, `${free} kB free`);
  });

  t.test(`${kind}: mpstat -I shows interrupts of CPU 0 only`, async (t) => {
    const limits = { quota: 1, cpuset: '0-1' };
    const container = await startContainer(t, { kind, limits, bind });
    const mpstat = await container.output(['env', 'LC_ALL=C', 'mpstat', '-I', 'ALL', '1', '1']);
    for (const heading of [/ CPU .* LOC\/s/, / CPU .* TIMER\/s .* RCU\/s/]) {
      const lines = mpstat.split('\n');
      const at = lines.findIndex((line) => heading.test(line));
      t.match(lines[at + 1], /^\d\d:\S+ +0 +\d/, `CPU 0:\n${mpstat}`);
      t.notMatch(lines[at + 2] ?? '', /^\d\d:\S+ +1 /, 'no line of CPU 1');
    }
  });
}
