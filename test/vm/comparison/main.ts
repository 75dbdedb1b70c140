/**
 * A container against a real machine of its size: the same workload in a small QEMU machine without
 * procview, and in a container of that size, beside a noisy neighbour, in a bigger one. What the files
 * say must agree within 2 %; what cannot agree is listed with its reason.
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

/** Part of the ticks of busy CPUs. Where more is lost, their figures tell about the emulation. */
const MOST_LOST = 0.1;

/** Of one machine, boot and all. */
const SECONDS = 480;

const project = join(import.meta.dirname, '../../../..');

/** What a command prints in a machine of its own. */
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
 * The small machine. Its low watermark decides how many free pages hide in per-CPU lists, out of MemFree,
 * and how much MemAvailable holds back; no cgroup has either, so it is made low.
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

/** The bigger machine. All but the container's tasks stay off its CPUs. */
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
t.comment(
  'differs by design, with the change over the whole run on the machine / in the container:',
);
for (const line of [...text, ...notCompared]) t.comment(line);
t.strictSame(unexplained, [], 'whatever else changes has a reason');
