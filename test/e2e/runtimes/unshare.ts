/**
 * A container by hand: namespaces of its own in a cgroup of its own, on the host's files.
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

/** First process of the container. */
const INIT = `[ -z "$PATHS" ] || "$ENTER" bind "$BIND" $PATHS || exit 1
eval "$SCRIPT" || exit 1
echo ready; exec sleep infinity`;

const OWN_MOUNTS = ['--mount', '--mount-proc', '--propagation', 'private'];

export async function startUnshare(options: ContainerOptions): Promise<Started> {
  const cgroup = Cgroup.create(options.limits ?? {}, options.parent, options.again);
  const own = options.extra?.unshare ?? (options.hostMounts ? [] : OWN_MOUNTS);
  const unshare = ['unshare', '--pid', '--fork', '--kill-child', '--uts', '--ipc'];
  const argv = cgroup.joined([...unshare, ...own, 'sh', '-c', INIT]);
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
  let said = '';
  child.stdout.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  await until('the container is up', () => {
    if (child.exitCode !== null) throw new Error('the container did not start');
    return said.includes('ready');
  });
  const children = fs.readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1');
  const pid = Number.parseInt(children, 10);
  const namespaces = ['-p', '-u', '-i', ...(options.hostMounts ? [] : ['-m'])];
  if (own.includes('--user')) namespaces.push('-U');
  return {
    cgroup,
    id: cgroup.path.slice(1),
    pid,
    printed: '',
    enter: (argv, where = cgroup) =>
      where.joined(['nsenter', '-t', String(pid), ...namespaces, '--', ...argv]),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    },
  };
}
