import { join } from 'node:path';
import t from 'tap';
import { differences, pressureDifferences } from '../../docs/differences.ts';
import { output, until } from './command.ts';
import { startContainer } from './container.ts';
import { startDaemon } from './daemon.ts';
import { kilobytes } from './proc-text.ts';
import { compile, toolsDirectory } from './reader.ts';
import { MiB, prepare } from './suite.ts';

await prepare();
const calls = join(toolsDirectory, 'calls');
await compile(join(import.meta.dirname, '../../../test/e2e/calls.c'), calls);
const daemon = await startDaemon(t);

/** What came of each call. */
async function outcomes(file: string): Promise<Map<string, string>> {
  const lines = (await output([calls, file])).trim().split('\n');
  return new Map(lines.map((line) => line.split(': ', 2) as [string, string]));
}

/** A file of each kind: what it may do otherwise, and which calls have no meaning for this. */
const FILES = {
  // The kernel's own directory has processes in it.
  'proc/meminfo': { allowed: differences, but: /^getdents/ },
  'proc/stat': { allowed: differences, but: /^getdents/ },
  'proc/cpuinfo': { allowed: differences, but: /^getdents/ },
  'proc/pressure/io': { allowed: [...differences, ...pressureDifferences], but: /^$/ },
  // A container's is read-only, the kernel's own here is not. It has 4096 bytes to seek in, and attributes.
  'sys/devices/system/cpu/online': {
    allowed: differences,
    but: /^(open|lseek|poll|select|getxattr|link|rename|symlink|mkdir|mknod)|farthest/,
  },
} as const;

for (const [file, { allowed, but }] of Object.entries(FILES)) {
  t.test(`/${file} does what it does without us`, async (t) => {
    const [kernel, ours] = [await outcomes(`/${file}`), await outcomes(`${daemon.mount}/${file}`)];
    t.ok(kernel.size > 150, `${kernel.size} calls`);
    if (!kernel.get('io_uring')?.startsWith('bytes')) t.comment('this kernel refuses io_uring');
    const may = new Set<string>(allowed.flatMap((difference) => difference.calls));
    const compared = [...kernel.keys()].filter((call) => !but.test(call) && !may.has(call));
    const of = (all: ReadonlyMap<string, string>) =>
      compared.map((call) => `${call}: ${all.get(call)}`);
    t.strictSame(of(ours), of(kernel));
  });
}

t.test('what is held open while a limit changes', async (t) => {
  const container = await startContainer(t, { limits: { memory: 100 * MiB }, bind: daemon.mount });
  const reader = container.start([calls, '/proc/meminfo', 'again']);
  let said = '';
  reader.stdout?.setEncoding('latin1').on('data', (piece: string) => {
    said += piece;
  });
  await until('it has read a piece', () => said.startsWith('held\n'));
  container.cgroup.set({ memory: 90 * MiB });
  reader.stdin?.write('\n');
  await until('it has read on, and anew', () => reader.exitCode !== null);
  const [first = '', second = ''] = said.slice('held\n'.length).split('\0');
  t.equal(kilobytes(first, 'MemTotal'), 100 * 1024, 'read on: one text');
  t.equal(first.length, second.length, 'the whole of it');
  t.equal(kilobytes(second, 'MemTotal'), 90 * 1024, 'read from its beginning: a new one');
});
