import { join } from 'node:path';
import t from 'tap';
import { differences, pressureDifferences, sysDifferences } from '../../docs/differences.ts';
import { output, until } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { compile, toolsDirectory } from './helpers/programs.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
const calls = join(toolsDirectory, 'calls');
await compile(join(import.meta.dirname, '../../../test/e2e/programs/calls.c'), calls);
const daemon = await startDaemon(t);

/** The outcome of each call. */
async function outcomes(file: string): Promise<Map<string, string>> {
  const lines = (await output([calls, file])).trim().split('\n');
  return new Map(lines.map((line) => line.split(': ', 2) as [string, string]));
}

/** A file of each kind, and its allowed differences. */
const FILES = {
  'proc/meminfo': differences,
  'proc/stat': differences,
  'proc/cpuinfo': differences,
  'proc/pressure/io': [...differences, ...pressureDifferences],
  'sys/devices/system/cpu/online': [...differences, ...sysDifferences],
} as const;

/** In /proc itself the kernel lists processes as well. */
const compared = (file: string, call: string): boolean =>
  !(call.startsWith('getdents') && /^proc\/\w+$/.test(file));

for (const [file, allowed] of Object.entries(FILES)) {
  t.test(`/${file} behaves as the kernel's own file in every system call`, async (t) => {
    const [kernel, ours] = [await outcomes(`/${file}`), await outcomes(`${daemon.mount}/${file}`)];
    if (!kernel.get('io_uring')?.startsWith('bytes')) t.comment('this kernel refuses io_uring');
    const may = allowed.flatMap(({ calls }) => calls);
    const all = [...kernel.keys(), ...ours.keys()];
    t.strictSame(
      may.filter((call) => !all.includes(call)),
      [],
      'every allowed difference is a call of calls.c',
    );
    const must = [...kernel.keys()].filter((call) => compared(file, call) && !may.includes(call));
    t.ok(must.length > 120, `${must.length} calls`);
    const of = (from: ReadonlyMap<string, string>) =>
      must.map((call) => `${call}: ${from.get(call)}`);
    t.strictSame(of(ours), of(kernel));
  });
}

t.test('an open file keeps its text until it is read from the start again', async (t) => {
  const container = await startContainer(t, { limits: { memory: 100 * MiB }, bind: daemon.mount });
  const reader = container.start([calls, '/proc/meminfo', 'held']);
  let printed = '';
  let closed = false;
  reader.once('close', () => {
    closed = true;
  });
  reader.stdout?.setEncoding('latin1').on('data', (piece: string) => {
    printed += piece;
  });
  await until('it has read the first 16 bytes', () => printed.startsWith('held\n'));
  container.cgroup.set({ memory: 90 * MiB });
  reader.stdin?.write('\n');
  await until('it has read the rest, and the whole file again', () => closed);
  const [first = '', second = ''] = printed.slice('held\n'.length).split('\0');
  t.equal(kilobytes(first, 'MemTotal'), 100 * 1024, 'the rest belongs to the first text');
  t.equal(first.length, second.length, 'it is complete');
  t.equal(kilobytes(second, 'MemTotal'), 90 * 1024, 'from the start it is a new text');
});
