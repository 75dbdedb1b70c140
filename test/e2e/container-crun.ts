/**
 * A container by an OCI runtime: a bundle made here, crun with the cgroupfs manager, and the served
 * files bound over /proc as users of LXCFS do it.
 * @module
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cgroup } from './cgroup.ts';
import { type Limits, PERIOD } from './cgroup-limits.ts';
import { output, run } from './command.ts';
import { type ContainerOptions, DIRECTORIES, FILES, type Started } from './container-kind.ts';
import { toolsDirectory } from './reader.ts';

/** crun refuses a hybrid machine: it is shown one without the v2 tree. */
const HIDE_V2 =
  'if [ -d /sys/fs/cgroup/unified ]; then umount -l /sys/fs/cgroup/unified; fi; exec "$@"';

function crun(root: string, ...args: string[]): string[] {
  const manager = ['crun', '--root', root, '--cgroup-manager', 'cgroupfs'];
  return [
    'unshare',
    '-m',
    '--propagation',
    'private',
    'sh',
    '-c',
    HIDE_V2,
    'sh',
    ...manager,
    ...args,
  ];
}

function bindMount(source: string, destination = source): object {
  return { destination, source, type: 'bind', options: ['rbind', 'ro'] };
}

function mounts(options: ContainerOptions): object[] {
  const { bind } = options;
  const served = bind
    ? [...FILES.map((file) => `proc/${file}`), ...DIRECTORIES].map((path) =>
        bindMount(join(bind, path), `/${path}`),
      )
    : [];
  return [
    { destination: '/proc', source: 'proc', type: 'proc' },
    { destination: '/sys', source: 'sysfs', type: 'sysfs', options: ['ro'] },
    { destination: '/dev', source: 'tmpfs', type: 'tmpfs', options: ['mode=755'] },
    { destination: '/dev/pts', source: 'devpts', type: 'devpts', options: ['ptmxmode=0666'] },
    bindMount('/usr'),
    // Debian's links from a program's name to the package that provides it.
    ...['/etc/alternatives'].filter((each) => fs.existsSync(each)).map((each) => bindMount(each)),
    bindMount(toolsDirectory),
    ...(bind ? [bindMount(bind)] : []),
    ...served,
  ];
}

function resources({ memory, swap, quota, cpuset }: Limits): object {
  return {
    memory: {
      ...(memory === undefined ? {} : { limit: memory }),
      ...(memory === undefined || swap === undefined ? {} : { swap: memory + swap }),
    },
    cpu: {
      ...(quota === undefined ? {} : { quota: quota * PERIOD, period: PERIOD }),
      ...(cpuset === undefined ? {} : { cpus: cpuset }),
    },
  };
}

function config(options: ContainerOptions, cgroup: Cgroup): object {
  const namespaces = ['pid', 'mount', 'uts', 'ipc'].map((type) => ({ type }));
  return {
    ociVersion: '1.0.0',
    process: {
      user: { uid: 0, gid: 0 },
      args: ['sleep', 'infinity'],
      env: ['PATH=/usr/sbin:/usr/bin', 'TERM=dumb'],
      cwd: '/',
    },
    root: { path: 'rootfs' },
    hostname: 'pvtest',
    mounts: mounts(options),
    linux: { cgroupsPath: cgroup.path, namespaces, resources: resources(options.limits ?? {}) },
  };
}

/** A root file system whose programs are the host's. */
function makeBundle(bundle: string, options: ContainerOptions, cgroup: Cgroup): void {
  for (const name of ['proc', 'sys', 'dev', 'usr', 'etc', 'tmp']) {
    fs.mkdirSync(join(bundle, 'rootfs', name), { recursive: true });
  }
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    fs.symlinkSync(`usr/${name}`, join(bundle, 'rootfs', name));
  }
  fs.writeFileSync(join(bundle, 'config.json'), JSON.stringify(config(options, cgroup)));
}

export async function startCrun(options: ContainerOptions): Promise<Started> {
  const cgroup = Cgroup.fresh(options.parent);
  const bundle = fs.mkdtempSync(join(tmpdir(), 'pvtest-bundle-'));
  const state = join(bundle, 'state');
  const id = cgroup.path.slice(1).replaceAll('/', '-');
  makeBundle(bundle, options, cgroup);
  const stop = async (): Promise<void> => {
    await run(crun(state, 'delete', '--force', id));
    fs.rmSync(bundle, { recursive: true, force: true });
  };
  try {
    const pidFile = join(bundle, 'pid');
    const quiet = { stdio: ['ignore', 'ignore', 'inherit'] as const };
    const started = crun(state, 'run', '--detach', '--bundle', bundle, '--pid-file', pidFile, id);
    await output(started, { stdio: [...quiet.stdio] });
    const pid = Number(fs.readFileSync(pidFile, 'latin1'));
    const enter = (argv: readonly string[]): string[] => crun(state, 'exec', id, ...argv);
    return { cgroup, pid, enter, stop };
  } catch (error) {
    await stop();
    await cgroup.remove();
    throw error;
  }
}
