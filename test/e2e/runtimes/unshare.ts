/**
 * A container without a runtime: new namespaces in a new cgroup, on the host's root file system.
 * @module
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { Cgroup } from '../helpers/cgroup.ts';
import { until } from '../helpers/command.ts';
import {
  type ContainerOptions,
  DIRECTORIES,
  FILES,
  type Started,
} from '../helpers/container-kind.ts';
import { enter } from '../helpers/programs.ts';

/** Init process of the container. */
const INIT = `[ -z "$PATHS" ] || "$ENTER" bind "$BIND" $PATHS || exit 1
eval "$SCRIPT" || exit 1
echo ready; exec sleep infinity`;

const OWN_MOUNTS = ['--mount', '--mount-proc', '--propagation', 'private'];

export async function startUnshare(options: ContainerOptions): Promise<Started> {
  const cgroup = Cgroup.create(options.limits ?? {}, options.parent, options.cgroup);
  const flags = options.extra?.unshare ?? (options.hostMounts ? [] : OWN_MOUNTS);
  const unshare = ['unshare', '--pid', '--fork', '--kill-child', '--uts', '--ipc'];
  const argv = cgroup.joinCommand([...unshare, ...flags, 'sh', '-c', INIT]);
  const paths = [...FILES.map((file) => `proc/${file}`), ...DIRECTORIES];
  const bound = options.bind && !options.hostMounts ? paths.join(' ') : '';
  const env = {
    ...process.env,
    ENTER: enter,
    PATHS: bound,
    BIND: options.bind ?? '',
    SCRIPT: options.script ?? '',
  };
  const child = spawn('setsid', [...(options.within ?? []), ...argv], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (piece: Buffer) => {
    printed += piece.toString();
  });
  await until('the container has started', () => {
    if (child.exitCode !== null) throw new Error('the container did not start');
    return printed.includes('ready');
  });
  const children = fs.readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1');
  const pid = Number.parseInt(children, 10);
  const namespaces = ['-p', '-u', '-i', ...(options.hostMounts ? [] : ['-m'])];
  if (flags.includes('--user')) namespaces.push('-U');
  return {
    cgroup,
    id: cgroup.path.slice(1),
    pid,
    printed: '',
    enter: (argv, where = cgroup) =>
      where.joinCommand(['nsenter', '-t', String(pid), ...namespaces, '--', ...argv]),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    },
  };
}
