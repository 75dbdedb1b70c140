/**
 * Compares a container with a machine of its size: runs the same workload in a small QEMU machine without procview, and in
 * a container of that size, next to a busy one, on a bigger machine. The figures must agree within 2 %; those that cannot
 * are listed with the reason (differences.ts).
 *
 *     node dist/test/vm/comparison/main.js     TAP with two tables; exit code 77 if no machine can run here
 * @module
 */
import { join } from 'node:path';
import t from 'tap';
import { run } from '../../e2e/helpers/command.ts';
import { compare, table } from './compare.ts';
import { explain, notCompared } from './differences.ts';
import { type Dump, fileAt, type Point, parseDump } from './dump.ts';
import { figures } from './figures.ts';
import { lostTime, type Moment } from './lost-time.ts';
import { buildWorkload, CPUS, MEBIBYTES, PROGRAMS, workload } from './size.ts';
import { lines } from './text.ts';

/** Largest lost fraction of the ticks of busy CPUs; above it their figures are skipped. */
const MOST_LOST = 0.1;

/** Time limit of one machine, including boot, seconds. */
const SECONDS = 480;

const project = join(import.meta.dirname, '../../../..');

/** Runs a command in a new machine. Returns its output. */
async function inMachine(variables: Record<string, string>, argv: string[]): Promise<string> {
  const env = { ...process.env, PROCVIEW_VM_TIMEOUT: String(SECONDS - 10), ...variables };
  const options = { cwd: project, env, seconds: SECONDS };
  const { stdout, stderr, code } = await run(['test/vm/run.sh', ...argv], options);
  if (code === 77) {
    process.stderr.write(stderr);
    process.exit(77);
  }
  if (code !== 0) throw new Error(`exit code ${code}: ${argv.join(' ')}\n${stderr}${stdout}`);
  return stdout;
}

/**
 * Runs the workload on the small machine. Its watermarks decide how many free pages are in per-CPU lists, outside MemFree,
 * and how much MemAvailable reserves. A cgroup has neither, so the script sets them low.
 */
async function onMachine(): Promise<Dump> {
  const size = { PROCVIEW_VM_CPUS: String(CPUS), PROCVIEW_VM_MEMORY: String(MEBIBYTES) };
  const commands = PROGRAMS.map((program) => workload(program).join(' '));
  const script = ['echo 1024 >/proc/sys/vm/min_free_kbytes', ...commands].join(' && ');
  return parseDump(await inMachine(size, ['sh', '-c', script]));
}

function lostOnMachine(dump: Dump): number {
  const [from, to] = ['user-0', 'user-6'].map((name) => dump.get(name));
  if (!from || !to) throw new Error('the workload has not kept the CPUs busy');
  const moment = (point: Point): Moment => ({ at: point.at, stat: fileAt(point, '/proc/stat') });
  return lostTime(moment(from), moment(to));
}

/** Runs the workload in a container on the bigger machine. All other tasks run on other CPUs. */
async function inContainer(kilobytes: number): Promise<{ dump: Dump; lost: number[] }> {
  const size = { PROCVIEW_COMPARISON_MEMORY: String(kilobytes) };
  const script = 'dist/test/vm/comparison/in-container.js';
  const text = await inMachine(size, ['taskset', '-c', '0,3', 'node', script]);
  const lost = text.matchAll(/^== lost (?:user|system) (\S+)$/gm);
  return { dump: parseDump(text), lost: [...lost].map(([, part]) => Number(part)) };
}

t.setTimeout(2 * SECONDS * 1000);
await buildWorkload();
const machine = await onMachine();
const total = [...machine.values()].map((point) => lines(point, '/proc/meminfo').get('MemTotal'));
const container = await inContainer(total[0] ?? 0);

const rows = figures.map((figure) => compare(figure, machine, container.dump));
for (const line of table(rows)) t.comment(line);
const lost = Math.max(lostOnMachine(machine), ...container.lost);
const starved =
  lost > MOST_LOST && `this host is busy: ${(100 * lost).toFixed(0)} % of the ticks were lost`;
for (const [i, { name, within, ...row }] of rows.entries()) {
  t.ok(within, name, { ...row, skip: figures[i]?.busy ? starved : false });
}
const { text, unexplained } = explain(machine, container.dump);
t.comment('different by design, with the change over the whole run (machine / container):');
for (const line of [...text, ...notCompared]) t.comment(line);
t.strictSame(unexplained, [], 'every other key that changes has a reason');
