/**
 * Containers by systemd-nspawn, in the scope that systemd would make for one: no systemd needs to run.
 * @module
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cgroup } from '../cgroup.ts';
import { until } from '../command.ts';
import { type ContainerOptions, DIRECTORIES, FILES, type Started } from '../container-kind.ts';
import { Client, entryPoint, environment } from './client.ts';
import { binds, makeRoot } from './root.ts';

/** It mounts its /proc after what it was told to bind, so the container binds the files itself. */
function bindFromInside({ bind, script = '' }: ContainerOptions): string {
  if (!bind) return script;
  const paths = [...FILES.map((file) => `proc/${file}`), ...DIRECTORIES];
  return [...paths.map((path) => `mount --bind ${bind}/${path} /${path}`), script].join('\n');
}

/** As systemd writes names of machines in names of scopes. */
const scopeOf = (machine: string): string => `machine-${machine.replaceAll('-', '\\x2d')}.scope`;

function command(options: ContainerOptions, base: string, machine: string): string[] {
  const own = ['--register=no', '--keep-unit', '--console=pipe', '--quiet'];
  const quick = ['--link-journal=no', '--resolv-conf=off', '--timezone=off'];
  return [
    ...(options.within ?? []),
    ...['systemd-nspawn', ...own, ...quick, '-D', base, '-M', machine],
    ...binds(options, [])
      .filter(({ destination }) => !/^\/(proc|sys)\//.test(destination))
      .map(({ source, destination }) => `--bind-ro=${source}:${destination}`),
    ...environment(options).map((each) => `--setenv=${each}`),
    ...entryPoint({ ...options, script: bindFromInside(options) }),
  ];
}

/** Its only child is the container's first process. */
function childOf(pid: number): number {
  return Number.parseInt(fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1'), 10);
}

export async function startNspawn(options: ContainerOptions): Promise<Started> {
  const base = fs.mkdtempSync(join(tmpdir(), 'pvtest-nspawn-'));
  const id = Cgroup.fresh().path.slice(1);
  const slice = new Cgroup('/machine.slice');
  if (slice.doors.length === 0) Cgroup.create({}, undefined, slice);
  const cgroup = Cgroup.create(
    options.limits ?? {},
    slice,
    new Cgroup(`/machine.slice/${scopeOf(id)}`),
  );
  let pid = 0;
  let client: Client | undefined;
  const stop = async (): Promise<void> => {
    if (pid > 0 && client && !client.hasEnded) process.kill(pid, 'SIGKILL');
    await until('nspawn ends', () => !client || client.hasEnded);
    await cgroup.remove();
    slice.removeEmpty();
    fs.rmSync(base, { recursive: true, force: true });
  };
  try {
    makeRoot(base, options);
    client = await Client.run(cgroup.joined(command(options, base, id)));
    pid = childOf(client.pid);
    const namespaces = ['-m', '-p', '-u', '-i'];
    const enter = (argv: readonly string[], where = Cgroup.of(pid)): string[] =>
      where.joined(['nsenter', '-t', String(pid), ...namespaces, '--', ...argv]);
    return { cgroup, id, pid, printed: client.printed, enter, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
