/** System calls per read, by server and file. */
import type { Cleanup } from '../harness/cleanup.ts';
import { useDisk } from '../harness/disk.ts';
import { allowedCpus } from '../harness/machine.ts';
import { openTargets } from '../targets/targets.ts';
import type { Options } from './options.ts';
import type { Results } from './results.ts';
import { prepare } from './run.ts';
import { type CallsOf, syscallsPerRead } from './syscalls.ts';

/** `reads`: reads of each file. NaN: the file is not served, or perf or strace is not installed. */
export async function countCalls(
  { options, files, reads }: { options: Options; files: readonly string[]; reads?: number },
  signal: AbortSignal,
  cleanup: Cleanup,
): Promise<Results['syscalls']> {
  const { bench, container, cpus } = await prepare(options, cleanup, signal);
  if (files.includes('diskstats')) await useDisk(container, signal);
  const { targets } = await openTargets(bench);
  const { layout } = container.cgroup;
  const { depth } = options;
  const anywhere = allowedCpus();
  const counts: Results['syscalls'][number][] = [];
  for (const target of targets.filter(({ server }) => server)) {
    for (const file of target.name === 'floor' ? ['meminfo'] : files) {
      const count = (by: CallsOf['by'], where: readonly number[]): Promise<number> =>
        syscallsPerRead(bench, target, { file, by, cpus: where, ...(reads && { reads }) }).catch(
          () => Number.NaN,
        );
      const pinned = await count('perf', cpus.slice(-1));
      const [calls, traced] = [await count('perf', anywhere), await count('strace', anywhere)];
      counts.push({ target: target.name, file, depth, layout, pinned, calls, traced });
      const figures = `${pinned.toFixed(1)} system calls on one CPU, ${calls.toFixed(1)} free, under strace ${traced.toFixed(1)}`;
      process.stdout.write(`${target.name} ${file} at depth ${depth}, ${layout}: ${figures}\n`);
    }
  }
  return counts;
}
