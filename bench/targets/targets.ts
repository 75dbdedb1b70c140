/** The compared targets: each is a path to read and, except for the host, its server. */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { run } from '../harness/child.ts';
import type { Cleanup } from '../harness/cleanup.ts';
import { type Server, type ServerCommand, startServer } from '../harness/server.ts';
import { type Options, pathOf, type TargetName } from '../reads/options.ts';
import type { Reader } from '../reads/reader.ts';

export interface Target {
  readonly name: TargetName;
  readonly path: string;
  readonly server: Server | undefined;
  readonly version: string;
  /** Size of the file in the container at the start. */
  readonly bytes: number;
}

export interface Skipped {
  readonly name: TargetName;
  readonly reason: string;
}

export interface Bench {
  readonly root: string;
  /** Empty directory for mounts and state. */
  readonly scratch: string;
  readonly options: Options;
  readonly reader: Reader;
  readonly memory: number;
  readonly cleanup: Cleanup;
  readonly signal: AbortSignal;
}

const message = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Throws if the server does not show the container: a benchmark of the host's text would be meaningless. */
async function checkView(bench: Bench, mount: string): Promise<void> {
  const text = await bench.reader.print(join(mount, 'proc', 'meminfo'));
  const total = Number(/^MemTotal:\s+(\d+) kB/m.exec(text)?.[1]);
  if (total * 1024 !== bench.memory)
    throw new Error(
      `it does not show the container: MemTotal ${total} kB, limit ${bench.memory / 1024} kB`,
    );
}

/** Command line of a target's server; the floor and fuse-native need a `body` in the scratch directory. */
export function commandOf(
  { root, scratch, options }: Bench,
  name: Exclude<TargetName, 'host'>,
): ServerCommand {
  const mount = join(scratch, name);
  const { file, workers } = options;
  if (name === 'procview') {
    const state = join(scratch, 'state');
    const count = workers === undefined ? [] : ['--workers', String(workers)];
    const main = join(root, 'dist', 'src', 'main.js');
    const args = [main, 'serve', '--mount', mount, '--state', state, ...count];
    return { name, mount, command: process.execPath, args };
  }
  if (name === 'floor') {
    const floor = join(root, 'dist', 'bench', 'targets', 'floor.js');
    const args = [floor, mount, pathOf(file), join(scratch, 'body'), String(workers ?? 1)];
    return { name, mount, command: process.execPath, args };
  }
  if (name === 'fuse-native') {
    const args = [join(root, 'dist', 'bench', 'targets', 'fuse-native.js'), mount, pathOf(file)];
    return { name, mount, command: process.execPath, args: [...args, join(scratch, 'body')] };
  }
  const extra = name === 'lxcfs' ? [] : ['-l', '--enable-cfs'];
  const args = ['-f', '-p', join(scratch, `${name}.pid`), ...extra, mount];
  return { name, mount, command: 'lxcfs', args };
}

async function open(
  bench: Bench,
  name: Exclude<TargetName, 'host'>,
  version: string,
): Promise<Target> {
  const { mount, ...spec } = commandOf(bench, name);
  const server = await startServer({ mount, ...spec }, bench.cleanup, bench.signal);
  if (name !== 'floor' && name !== 'fuse-native') await checkView(bench, mount);
  const path = join(mount, pathOf(bench.options.file));
  const bytes = (await bench.reader.print(path)).length;
  if (bytes === 0) throw new Error(`${name}: ${bench.options.file} is empty`);
  return { name, path, server, version, bytes };
}

async function openHost(bench: Bench): Promise<Target> {
  const path = join('/', pathOf(bench.options.file));
  const bytes = (await bench.reader.print(path)).length;
  return { name: 'host', path, server: undefined, version: 'kernel', bytes };
}

async function openProcview(bench: Bench): Promise<Target> {
  const main = join(bench.root, 'dist', 'src', 'main.js');
  const version = (await run(process.execPath, [main, '--version'], bench.signal)).trim();
  return open(bench, 'procview', version);
}

/** Serves the same text that `like` serves. */
async function openConstant(
  bench: Bench,
  name: 'floor' | 'fuse-native',
  like: Target,
): Promise<Target> {
  writeFileSync(join(bench.scratch, 'body'), await bench.reader.print(like.path), 'latin1');
  return open(bench, name, `bytes of ${like.name}`);
}

async function openFuseNative(bench: Bench, like: Target): Promise<Target> {
  try {
    createRequire(import.meta.url).resolve('fuse-native');
  } catch {
    throw new Error('not installed (npm install --no-save fuse-native)');
  }
  return openConstant(bench, 'fuse-native', like);
}

async function openLxcfs(bench: Bench, name: 'lxcfs' | 'lxcfs-full'): Promise<Target> {
  // LXCFS prints its version, in quotes, to stderr.
  const ask = 'command -v lxcfs >/dev/null && exec lxcfs --version 2>&1';
  const version = await run('sh', ['-c', ask], bench.signal).catch(() => {
    throw new Error('not installed (apt-get install lxcfs)');
  });
  return open(bench, name, version.replaceAll('"', '').trim());
}

/**
 * Starts every selected target. LXCFS or fuse-native is skipped with the reason if it cannot be measured; a failure of
 * procview or of the floor fails the run.
 */
export async function openTargets(
  bench: Bench,
): Promise<{ targets: Target[]; skipped: Skipped[] }> {
  const isSelected = (name: TargetName): boolean => bench.options.targets.includes(name);
  const host = await openHost(bench);
  const targets: Target[] = isSelected('host') ? [host] : [];
  const skipped: Skipped[] = [];
  if (isSelected('procview')) targets.push(await openProcview(bench));
  const like = targets.find((target) => target.name === 'procview') ?? host;
  if (isSelected('floor')) targets.push(await openConstant(bench, 'floor', like));
  for (const name of ['fuse-native', 'lxcfs', 'lxcfs-full'] as const) {
    if (!isSelected(name)) continue;
    try {
      const isLxcfs = name !== 'fuse-native';
      targets.push(isLxcfs ? await openLxcfs(bench, name) : await openFuseNative(bench, like));
    } catch (error) {
      bench.signal.throwIfAborted();
      skipped.push({ name, reason: message(error) });
    }
  }
  return { targets, skipped };
}
