/** Starts, pins, measures and stops a FUSE server. Only child processes access its mount. */
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, start } from './child.ts';
import { type Cleanup, retry } from './cleanup.ts';
import { isMounted } from './mounts.ts';

// USER_HZ, the unit of times in /proc/<pid>/stat: 100 on every architecture that runs Node.
const ticksPerSecond = 100;

export interface ServerCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly mount: string;
}

export interface Server {
  readonly pid: number;
  /** User and system time of all its threads in us, in steps of 10 ms. */
  cpu(): number;
  /** RSS in bytes. */
  rss(): number;
  threads(): number;
  /** Throws if it has ended. */
  check(): void;
  /** Pins all threads to these CPUs. */
  pin(cpus: readonly number[], signal: AbortSignal): Promise<void>;
}

/** utime + stime of a `/proc/<pid>/stat` line, in us. The command may contain blanks and brackets. */
export function parseCpu(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
}

/** Busy time of the CPUs in a `/proc/stat` text in us: all columns except idle and iowait. */
export function parseBusy(text: string): number {
  const [user, nice, system, , , irq, softirq, steal] =
    text.split('\n', 1)[0]?.match(/\d+/g)?.map(Number) ?? [];
  const ticks = [user, nice, system, irq, softirq, steal].reduce<number>(
    (sum, n) => sum + (n ?? 0),
    0,
  );
  return (ticks * 1e6) / ticksPerSecond;
}

async function unmount(mount: string): Promise<void> {
  if (isMounted(mount)) await run('umount', ['--lazy', mount], AbortSignal.timeout(5000));
}

async function waitForMount(
  spec: ServerCommand,
  running: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!isMounted(spec.mount)) {
    signal.throwIfAborted();
    if (!running()) throw new Error(`${spec.name} ended before it mounted`);
    if (performance.now() > deadline) throw new Error(`${spec.name} has not mounted within 15 s`);
    await sleep(20);
  }
}

/** Starts a server in the foreground and waits for its mount. */
export async function startServer(
  spec: ServerCommand,
  cleanup: Cleanup,
  signal: AbortSignal,
): Promise<Server> {
  mkdirSync(spec.mount, { recursive: true });
  cleanup.add(`rmdir ${spec.mount}`, () => retry(2000, () => rmdirSync(spec.mount)));
  cleanup.add(`unmount ${spec.mount}`, () => unmount(spec.mount));
  const child = start(spec.command, spec.args);
  cleanup.add(spec.name, async () => {
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), 5000);
    await child.ended();
    clearTimeout(kill);
  });
  const drained = (async () => {
    while ((await child.line()) !== undefined); // a full pipe would block it
  })();
  drained.catch(() => {});
  try {
    await waitForMount(spec, child.running, signal);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}. ${child.errors()}`.trim());
  }
  const check = (): void => {
    if (!child.running())
      throw new Error(`${spec.name} ended during the run. ${child.errors()}`.trim());
  };
  const file = (name: string): string => {
    check();
    return readFileSync(`/proc/${child.pid}/${name}`, 'latin1');
  };
  const status = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(file('status'))?.[1]);
  return {
    pid: child.pid,
    cpu: () => parseCpu(file('stat')),
    rss: () => status('VmRSS') * 1024,
    threads: () => status('Threads'),
    check,
    pin: async (cpus, abort) => {
      await run('taskset', ['-a', '-c', '-p', cpus.join(), String(child.pid)], abort);
    },
  };
}
