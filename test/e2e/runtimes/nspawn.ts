/**
 * Containers by systemd-nspawn, in the scope that systemd would make for one: no systemd needs to run on the
 * host. One may run inside.
 * @module
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cgroup } from '../helpers/cgroup.ts';
import { until } from '../helpers/command.ts';
import {
  type ContainerOptions,
  DIRECTORIES,
  FILES,
  type Started,
} from '../helpers/container-kind.ts';
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

/** What is started inside. */
type Payload = (options: ContainerOptions, base: string) => readonly string[];

const program: Payload = (options) => ['--console=pipe', ...entryPoint(options)];

/** A systemd that starts the entry point as its only service. */
const systemd: Payload = (options, base) => {
  const [shell, , script = ''] = entryPoint(options);
  const units = join(base, 'etc/systemd/system');
  fs.mkdirSync(units, { recursive: true });
  fs.writeFileSync(join(base, 'etc/os-release'), 'ID=pvtest\n');
  // The console's line ends are a terminal's otherwise.
  fs.writeFileSync(join(base, 'entry'), `stty -F /dev/console -opost\n${script}`);
  fs.writeFileSync(join(units, 'pvtest.target'), '[Unit]\nWants=pvtest.service\n');
  const names = environment(options).map((each) => each.split('=')[0]);
  const service = [
    ...['[Unit]', 'DefaultDependencies=no', '[Service]', 'StandardOutput=tty'],
    ...[`ExecStart=${shell} /entry`, `PassEnvironment=${names.join(' ')}`],
  ];
  fs.writeFileSync(join(units, 'pvtest.service'), `${service.join('\n')}\n`);
  const quiet = ['systemd.show_status=no', 'systemd.log_target=null'];
  return ['--console=read-only', '--boot', 'systemd.unit=pvtest.target', ...quiet];
};

function command(
  options: ContainerOptions,
  payload: Payload,
  base: string,
  machine: string,
): string[] {
  const own = ['--register=no', '--keep-unit', '--quiet'];
  const quick = ['--link-journal=no', '--resolv-conf=off', '--timezone=off'];
  return [
    ...(options.within ?? []),
    ...['systemd-nspawn', ...own, ...quick, '-D', base, '-M', machine],
    ...binds(options, [])
      .filter(({ destination }) => !/^\/(proc|sys)\//.test(destination))
      .map(({ source, destination }) => `--bind-ro=${source}:${destination}`),
    ...environment(options).map((each) => `--setenv=${each}`),
    ...payload({ ...options, script: bindFromInside(options) }, base),
  ];
}

/** Its only child is the container's first process. */
function childOf(pid: number): number {
  return Number.parseInt(fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1'), 10);
}

export const startNspawn = (options: ContainerOptions): Promise<Started> => start(options, program);

export const startSystemd = (options: ContainerOptions): Promise<Started> =>
  start(options, systemd);

async function start(options: ContainerOptions, payload: Payload): Promise<Started> {
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
    client = await Client.run(cgroup.joined(command(options, payload, base, id)));
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
