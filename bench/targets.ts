/** What is compared: each target is a path to read and, but for the host's, the server behind it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './child.ts';
import type { Cleanup } from './cleanup.ts';
import type { Options, TargetName } from './options.ts';
import type { Reader } from './reader.ts';
import { type Server, type ServerCommand, startServer } from './server.ts';

export interface Target {
  readonly name: TargetName;
  readonly path: string;
  readonly server: Server | undefined;
  readonly version: string;
  /** Size of the file as the container sees it, at the start. */
  readonly bytes: number;
}

export interface Skipped {
  readonly name: TargetName;
  readonly reason: string;
}

export interface Bench {
  readonly root: string;
  /** Empty directory for mounts and state, on a local file system. */
  readonly scratch: string;
  readonly options: Options;
  readonly reader: Reader;
  readonly memory: number;
  readonly cleanup: Cleanup;
  readonly signal: AbortSignal;
}

const message = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** The server must know the container: a benchmark of the host's bytes would compare nothing. */
async function checkView(bench: Bench, mount: string): Promise<void> {
  const text = await bench.reader.print(join(mount, 'proc', 'meminfo'));
  const total = Number(/^MemTotal:\s+(\d+) kB/m.exec(text)?.[1]);
  if (total * 1024 !== bench.memory)
    throw new Error(
      `it does not show the container: MemTotal ${total} kB, limit ${bench.memory / 1024} kB`,
    );
}

async function open(
  bench: Bench,
  name: TargetName,
  version: string,
  command: (mount: string) => Omit<ServerCommand, 'name' | 'mount'>,
): Promise<Target> {
  const mount = join(bench.scratch, name);
  const server = await startServer({ name, mount, ...command(mount) }, bench.cleanup, bench.signal);
  if (name !== 'floor') await checkView(bench, mount);
  const path = join(mount, 'proc', bench.options.file);
  const bytes = (await bench.reader.print(path)).length;
  if (bytes === 0) throw new Error(`${name}: ${bench.options.file} is empty`);
  return { name, path, server, version, bytes };
}

async function openHost(bench: Bench): Promise<Target> {
  const path = join('/proc', bench.options.file);
  const bytes = (await bench.reader.print(path)).length;
  return { name: 'host', path, server: undefined, version: 'kernel', bytes };
}

async function openProcview(bench: Bench): Promise<Target> {
  const main = join(bench.root, 'dist', 'src', 'main.js');
  const state = join(bench.scratch, 'state');
  const version = (await run(process.execPath, [main, '--version'], bench.signal)).trim();
  const workers =
    bench.options.workers === undefined ? [] : ['--workers', String(bench.options.workers)];
  return open(bench, 'procview', version, (mount) => ({
    command: process.execPath,
    args: [main, 'serve', '--mount', mount, '--state', state, ...workers],
  }));
}

/** Serves the same bytes that procview (or else whoever is there) answered. */
async function openFloor(bench: Bench, like: Target): Promise<Target> {
  const body = join(bench.scratch, 'body');
  writeFileSync(body, await bench.reader.print(like.path), 'latin1');
  const floor = join(bench.root, 'dist', 'bench', 'floor.js');
  const { file, workers = 1 } = bench.options;
  return open(bench, 'floor', `bytes of ${like.name}`, (mount) => ({
    command: process.execPath,
    args: [floor, mount, file, body, String(workers)],
  }));
}

async function openLxcfs(bench: Bench, name: 'lxcfs' | 'lxcfs-full'): Promise<Target> {
  // It prints its version, in quotes, to stderr.
  const ask = 'command -v lxcfs >/dev/null && exec lxcfs --version 2>&1';
  const version = await run('sh', ['-c', ask], bench.signal).catch(() => {
    throw new Error('not installed (apt-get install lxcfs)');
  });
  const extra = name === 'lxcfs' ? [] : ['-l', '--enable-cfs'];
  const pidFile = join(bench.scratch, `${name}.pid`);
  return open(bench, name, version.replaceAll('"', '').trim(), (mount) => ({
    command: 'lxcfs',
    args: ['-f', '-p', pidFile, ...extra, mount],
  }));
}

/**
 * Starts every target that was asked for. A peer that cannot be measured is skipped with its reason;
 * procview or the floor failing fails the run.
 */
export async function openTargets(
  bench: Bench,
): Promise<{ targets: Target[]; skipped: Skipped[] }> {
  const asked = (name: TargetName): boolean => bench.options.targets.includes(name);
  const host = await openHost(bench);
  const targets: Target[] = asked('host') ? [host] : [];
  const skipped: Skipped[] = [];
  if (asked('procview')) targets.push(await openProcview(bench));
  if (asked('floor'))
    targets.push(
      await openFloor(bench, targets.find((target) => target.name === 'procview') ?? host),
    );
  for (const name of ['lxcfs', 'lxcfs-full'] as const) {
    if (!asked(name)) continue;
    try {
      targets.push(await openLxcfs(bench, name));
    } catch (error) {
      bench.signal.throwIfAborted();
      skipped.push({ name, reason: message(error) });
    }
  }
  return { targets, skipped };
}
