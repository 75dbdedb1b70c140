/**
 * All files and programs show the same number of CPUs of a container, for all ways to set limits and while they change.
 * @module
 */
import t, { type Test } from 'tap';
import { Cgroup } from './helpers/cgroup.ts';
import type { Limits } from './helpers/cgroup-limits.ts';
import { timeLimit, until } from './helpers/command.ts';
import { type Container, type InsideReader, startContainer } from './helpers/container.ts';
import { type CpuCounts, countsInFiles, countsOfPrograms, hostCpus } from './helpers/cpu-counts.ts';
import { startDaemon } from './helpers/daemon.ts';
import { kinds, prepare } from './helpers/suite.ts';

await prepare(300);
const { mount: bind } = await startDaemon(t);
const cpus = await hostCpus();
const last = String(cpus - 1);
const others = `1-${last}`;

/** Limits of the container and of its parent, and the resulting number of CPUs. */
interface Case {
  readonly limits?: Limits;
  readonly parentLimits?: Limits;
  readonly count: number;
}

const cases: Readonly<Record<string, Case>> = {
  'no limit': { count: cpus },
  cpuset: { limits: { cpuset: others }, count: cpus - 1 },
  quota: { limits: { quota: cpus - 0.5 }, count: cpus },
  'a quota of less than one CPU': { limits: { quota: 0.3 }, count: 1 },
  'a quota below the cpuset': { limits: { quota: cpus - 1, cpuset: `0-${last}` }, count: cpus - 1 },
  'a cpuset below the quota': { limits: { quota: cpus, cpuset: last }, count: 1 },
  'a quota on the parent': { parentLimits: { quota: cpus - 1 }, count: cpus - 1 },
  'a cpuset on the parent': { parentLimits: { cpuset: others }, count: cpus - 1 },
};

/** Files or programs with another number. */
const mismatches = (counts: CpuCounts, expected: number): CpuCounts =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== expected));

/**
 * If /sys shows 1 or 2 CPUs, `nproc --all` assumes that it is not mounted, and prints at least the CPUs of its affinity
 * mask (gnulib, nproc.c), which does not reflect a quota.
 */
async function checkNproc(t: Test, container: Container, count: number): Promise<void> {
  const printed = await container.output(['sh', '-c', 'nproc --all; nproc']);
  const [all = 0, allowed = 0] = printed.split('\n').map(Number);
  t.equal(all, count > 2 ? count : Math.max(count, allowed), 'nproc --all shows it');
}

async function start(t: Test, kind: (typeof kinds)[number], { limits = {}, parentLimits }: Case) {
  if (!parentLimits) return startContainer(t, { kind, limits, bind });
  const parent = Cgroup.create(parentLimits);
  t.teardown(() => parent.remove());
  return startContainer(t, { kind, limits, parent, bind });
}

/** Cases that run with every kind of container. */
const repeated = ['a quota below the cpuset', 'a cpuset on the parent'];

/** Cases that run all programs: on a slow machine fewer, because each program takes long. */
const programs = timeLimit(1) > 1000 ? repeated : Object.keys(cases);

for (const kind of kinds) {
  const names = kind === 'unshare' ? Object.keys(cases) : repeated;
  for (const [name, given] of Object.entries(cases).filter(([each]) => names.includes(each))) {
    t.test(
      `${kind}: all files and programs show ${given.count} of ${cpus} CPUs with ${name}`,
      async (t) => {
        const container = await start(t, kind, given);
        const files = await countsInFiles(container.inside());
        t.ok(Object.keys(files).length >= 7, 'at least seven files exist');
        t.strictSame(mismatches(files, given.count), {}, 'all files show it');
        if (!programs.includes(name)) return;
        const answers = await countsOfPrograms(container);
        t.ok(Object.keys(answers).length >= 8, 'at least eight programs exist');
        t.strictSame(mismatches(answers, given.count), {}, 'all programs show it');
        await checkNproc(t, container, given.count);
      },
    );
  }
}

/** Changes of the limits, and the resulting number of CPUs. */
const CHANGES: readonly (readonly [change: Limits, count: number])[] = [
  [{ quota: 0.5 }, 1],
  [{ quota: cpus }, cpus],
  [{ cpuset: last }, 1],
  [{ cpuset: `0-${last}` }, cpus],
  [{ cpuset: others }, cpus - 1],
  [{ cpuset: `0-${last}` }, cpus],
];

/** All numbers that a reader may see. */
const valid = new Set(CHANGES.map(([, count]) => count));

/** Counts in one place each: a program that reads two files may read before and after a change. */
const COUNT = 'set -- /sys/devices/system/cpu/cpu[0-9]*; echo $#; nproc --all; sleep 0.05';

/** Reads until `state.stop`. Returns errors, and numbers of CPUs that no limit sets. */
async function keepReading(
  inside: InsideReader,
  state: { reads: number; stop: boolean },
): Promise<string[]> {
  const wrong: string[] = [];
  for (; !state.stop && wrong.length === 0; state.reads++) {
    const counts = await countsInFiles(inside).catch((error: Error) => ({ [error.message]: 0 }));
    const invalid = Object.entries(counts).filter(([, count]) => !valid.has(count));
    wrong.push(...invalid.map(([path, count]) => `${path}: ${count}`));
  }
  return wrong;
}

/** Starts programs that count in a loop. Returns a function for the lines so far: numbers, or errors. */
function keepCounting(container: Container): () => string[] {
  const child = container.start(['sh', '-c', `while :; do ${COUNT}; done 2>&1`]);
  let text = '';
  child.stdout?.setEncoding('latin1').on('data', (piece: string) => {
    text += piece;
  });
  return () => text.split('\n').slice(0, -1);
}

for (const kind of kinds) {
  t.test(
    `${kind}: running readers see only valid numbers of CPUs while limits change`,
    async (t) => {
      const limits = { cpuset: `0-${last}`, quota: cpus };
      const container = await startContainer(t, { kind, limits, bind });
      const state = { reads: 0, stop: false };
      const reading = keepReading(container.inside(), state);
      const counted = keepCounting(container);
      const inside = container.inside();
      for (const [change, count] of CHANGES) {
        const before = state.reads;
        container.cgroup.set(change);
        const counts = counted().length;
        await until('the reader has read again', () => state.reads > before + 1);
        await until('the programs have counted again', () => counted().length > counts + 1);
        const answers = await countsInFiles(inside);
        t.strictSame(
          mismatches(answers, count),
          {},
          `${JSON.stringify(change)}: all files show it`,
        );
      }
      t.strictSame(mismatches(await countsOfPrograms(container), cpus), {}, 'all programs show it');
      state.stop = true;
      t.strictSame(await reading, [], `${state.reads} rounds of reading`);
      const printed = counted();
      const invalid = printed.filter((line) => !valid.has(Number(line)));
      t.strictSame(invalid, [], `${printed.length} answers of programs`);
    },
  );
}
