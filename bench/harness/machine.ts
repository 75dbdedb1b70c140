/** Describes the machine of a measurement. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly date: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly cpu: string;
  readonly onlineCpus: number;
  readonly virtual: boolean;
  readonly memoryMiB: number;
  readonly loadBefore: number;
  readonly node: string;
  readonly commit: string;
}

/** The commit of a checkout, with `-dirty` if it was changed; `unknown` outside a checkout. */
function commitOf(root: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return git('describe', '--always', '--dirty');
  } catch {
    return 'unknown';
  }
}

export function describeMachine(root: string): Machine {
  const cpuinfo = readFileSync('/proc/cpuinfo', 'utf8');
  return {
    date: new Date().toISOString(),
    kernel: release(),
    architecture: process.arch,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    onlineCpus: cpus().length,
    virtual: /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo),
    memoryMiB: Math.round(totalmem() / 1024 ** 2),
    loadBefore: loadavg()[0] ?? Number.NaN,
    node: process.version,
    commit: commitOf(root),
  };
}

/** CPUs that this process may use, in order. With a cpuset they may have gaps. */
export function allowedCpus(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(
    readFileSync('/proc/self/status', 'latin1'),
  )?.[1];
  const found = (list ?? '').split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return found.length > 0 ? found : Array.from({ length: availableParallelism() }, (_, i) => i);
}
