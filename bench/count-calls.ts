/** System calls per read, by server and file. */
import type { Cleanup } from './cleanup.ts';
import { useDisk } from './disk.ts';
import type { Options } from './options.ts';
import type { Results } from './results.ts';
import { prepare } from './run.ts';
import { syscallsPerRead } from './syscalls.ts';
import { openTargets } from './targets.ts';

/** `reads`: how often each file is read. NaN where a file is not served, or no counter is installed. */
export async function countCalls(
  { options, files, reads }: { options: Options; files: readonly string[]; reads?: number },
  signal: AbortSignal,
  cleanup: Cleanup,
): Promise<Results['syscalls']> {
  const { bench, container } = await prepare(options, cleanup, signal);
  if (files.includes('diskstats')) await useDisk(container, signal);
  const { targets } = await openTargets(bench);
  const { layout } = container.cgroup;
  const { depth } = options;
  const counts: Results['syscalls'][number][] = [];
  for (const target of targets.filter(({ server }) => server)) {
    for (const file of target.name === 'floor' ? ['meminfo'] : files) {
      const by = (counter: 'perf' | 'strace'): Promise<number> =>
        syscallsPerRead(bench, target, { file, by: counter, ...(reads && { reads }) }).catch(
          () => Number.NaN,
        );
      const [calls, traced] = [await by('perf'), await by('strace')];
      counts.push({ target: target.name, file, depth, layout, calls, traced });
      const figures = `${calls.toFixed(1)} system calls, under strace ${traced.toFixed(1)}`;
      process.stdout.write(`${target.name} ${file} at depth ${depth}, ${layout}: ${figures}\n`);
    }
  }
  return counts;
}
