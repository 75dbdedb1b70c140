/**
 * Whoever counts the CPUs of a container counts the same, however its limits are set and while they change.
 * @module
 */
import t, { type Test } from 'tap';
import { Cgroup } from './helpers/cgroup.ts';
import type { Limits } from './helpers/cgroup-limits.ts';
import { patience, until } from './helpers/command.ts';
import { type Container, type Inside, startContainer } from './helpers/container.ts';
import { type Answers, answersOfFiles, answersOfPrograms, hostCpus } from './helpers/cpu-counts.ts';
import { startDaemon } from './helpers/daemon.ts';
import { kinds, prepare } from './helpers/suite.ts';

await prepare(300);
const { mount: bind } = await startDaemon(t);
const cpus = await hostCpus();
const last = String(cpus - 1);
const others = `1-${last}`;

/** What is set on the container and on its parent, and the CPUs that makes. */
interface Case {
  readonly limits?: Limits;
  readonly above?: Limits;
  readonly count: number;
}

const cases: Readonly<Record<string, Case>> = {
  'no limit': { count: cpus },
  cpuset: { limits: { cpuset: others }, count: cpus - 1 },
  quota: { limits: { quota: cpus - 0.5 }, count: cpus },
  'a quota of less than one CPU': { limits: { quota: 0.3 }, count: 1 },
  'a quota below the cpuset': { limits: { quota: cpus - 1, cpuset: `0-${last}` }, count: cpus - 1 },
  'a cpuset below the quota': { limits: { quota: cpus, cpuset: last }, count: 1 },
  'a quota on the parent': { above: { quota: cpus - 1 }, count: cpus - 1 },
  'a cpuset on the parent': { above: { cpuset: others }, count: cpus - 1 },
};

/** Those who say something else. */
const dissenters = (answers: Answers, count: number): Answers =>
  Object.fromEntries(Object.entries(answers).filter(([, answer]) => answer !== count));

/**
 * A number of 1 or 2 makes `nproc --all` think that /sys is not mounted; it then says no less than the CPUs
 * it may run on (gnulib, nproc.c). No file tells it about a quota.
 */
async function checkNproc(t: Test, container: Container, count: number): Promise<void> {
  const said = await container.output(['sh', '-c', 'nproc --all; nproc']);
  const [all = 0, allowed = 0] = said.split('\n').map(Number);
  t.equal(all, count > 2 ? count : Math.max(count, allowed), 'nproc --all agrees');
}

async function start(t: Test, kind: (typeof kinds)[number], { limits = {}, above }: Case) {
  if (!above) return startContainer(t, { kind, limits, bind });
  const parent = Cgroup.create(above);
  t.teardown(() => parent.remove());
  return startContainer(t, { kind, limits, parent, bind });
}

/** A container by a runtime need not do all again. */
const again = ['a quota below the cpuset', 'a cpuset on the parent'];

/** Programs take long on an emulated machine: in these cases they do, files in all. */
const programs = patience(1) > 1000 ? again : Object.keys(cases);

for (const kind of kinds) {
  const names = kind === 'unshare' ? Object.keys(cases) : again;
  for (const [name, given] of Object.entries(cases).filter(([each]) => names.includes(each))) {
    t.test(`${kind}: ${name}: ${given.count} of ${cpus} CPUs`, async (t) => {
      const container = await start(t, kind, given);
      const files = await answersOfFiles(container.inside());
      t.ok(Object.keys(files).length >= 7, 'the files are there');
      t.strictSame(dissenters(files, given.count), {}, 'all files agree');
      if (!programs.includes(name)) return;
      const answers = await answersOfPrograms(container);
      t.ok(Object.keys(answers).length >= 8, 'the programs are there');
      t.strictSame(dissenters(answers, given.count), {}, 'all programs agree');
      await checkNproc(t, container, given.count);
    });
  }
}

/** Each of these in turn, while a reader is reading. */
const CHANGES: readonly (readonly [change: Limits, count: number])[] = [
  [{ quota: 0.5 }, 1],
  [{ quota: cpus }, cpus],
  [{ cpuset: last }, 1],
  [{ cpuset: `0-${last}` }, cpus],
  [{ cpuset: others }, cpus - 1],
  [{ cpuset: `0-${last}` }, cpus],
];

/** The numbers that they make. */
const valid = new Set(CHANGES.map(([, count]) => count));

/** Programs that look in one place only: those that look in more may find limits of two moments. */
const COUNT = 'set -- /sys/devices/system/cpu/cpu[0-9]*; echo $#; nproc --all; sleep 0.05';

/** Reads on until told to stop. Returns what went wrong: errors, and answers that no limit had made. */
async function readOn(inside: Inside, state: { reads: number; stop: boolean }): Promise<string[]> {
  const wrong: string[] = [];
  for (; !state.stop && wrong.length === 0; state.reads++) {
    const answers = await answersOfFiles(inside).catch((error: Error) => ({ [error.message]: 0 }));
    const strange = Object.entries(answers).filter(([, count]) => !valid.has(count));
    wrong.push(...strange.map(([path, count]) => `${path}: ${count}`));
  }
  return wrong;
}

/** Programs that count, again and again. Returns what they have printed so far: numbers, or complaints. */
function countOn(container: Container): () => string[] {
  const child = container.start(['sh', '-c', `while :; do ${COUNT}; done 2>&1`]);
  let text = '';
  child.stdout?.setEncoding('latin1').on('data', (piece: string) => {
    text += piece;
  });
  return () => text.split('\n').slice(0, -1);
}

for (const kind of kinds) {
  t.test(`${kind}: a reader reads on while limits change`, async (t) => {
    const limits = { cpuset: `0-${last}`, quota: cpus };
    const container = await startContainer(t, { kind, limits, bind });
    const state = { reads: 0, stop: false };
    const reading = readOn(container.inside(), state);
    const counted = countOn(container);
    const inside = container.inside();
    for (const [change, count] of CHANGES) {
      const before = state.reads;
      container.cgroup.set(change);
      const counts = counted().length;
      await until('the reader has read on', () => state.reads > before + 1);
      await until('the programs have counted on', () => counted().length > counts + 1);
      const answers = await answersOfFiles(inside);
      t.strictSame(dissenters(answers, count), {}, `${JSON.stringify(change)}: all files agree`);
    }
    t.strictSame(dissenters(await answersOfPrograms(container), cpus), {}, 'all programs agree');
    state.stop = true;
    t.strictSame(await reading, [], `${state.reads} rounds of reading`);
    const printed = counted();
    const strange = printed.filter((line) => !valid.has(Number(line)));
    t.strictSame(strange, [], `${printed.length} answers of programs`);
  });
}
