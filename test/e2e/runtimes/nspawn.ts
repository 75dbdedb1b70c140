/**
 * Containers by systemd-nspawn, with or without a systemd inside. The tests create the scope, so that the host needs no
 * systemd.
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

/** nspawn mounts /proc after its bind mounts, so the container binds the served files itself. */
function bindFromInside({ bind, script = '' }: ContainerOptions): string {
  if (!bind) return script;
  const paths = [...FILES.map((file) => `proc/${file}`), ...DIRECTORIES];
  return [...paths.map((path) => `mount --bind ${bind}/${path} /${path}`), script].join('\n');
}

/** The scope of a machine, escaped as systemd does. */
const scopeOf = (machine: string): string => `machine-${machine.replaceAll('-', '\\x2d')}.scope`;

/** Arguments that select the program inside. */
type Payload = (options: ContainerOptions, base: string) => readonly string[];

const program: Payload = (options) => ['--console=pipe', ...entryPoint(options)];

/** Boots a systemd that starts the entry point as its only service. */
const systemd: Payload = (options, base) => {
  const [shell, , script = ''] = entryPoint(options);
  const units = join(base, 'etc/systemd/system');
  fs.mkdirSync(units, { recursive: true });
  fs.writeFileSync(join(base, 'etc/os-release'), 'ID=pvtest\n');
  // Otherwise the console prints CR LF.
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

/** The container's init process: the only child of nspawn. */
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
  if (slice.procsFiles.length === 0) Cgroup.create({}, undefined, slice);
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
    client = await Client.run(cgroup.joinCommand(command(options, payload, base, id)));
    pid = childOf(client.pid);
    const namespaces = ['-m', '-p', '-u', '-i'];
    const enter = (argv: readonly string[], where = Cgroup.of(pid)): string[] =>
      where.joinCommand(['nsenter', '-t', String(pid), ...namespaces, '--', ...argv]);
    return { cgroup, id, pid, printed: client.printed, enter, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
