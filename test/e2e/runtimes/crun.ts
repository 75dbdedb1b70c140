/**
 * Containers by crun.
 * @module
 */
import { type ContainerOptions, FILES, type Started } from '../helpers/container-kind.ts';
import { startOci } from './oci.ts';

/** crun refuses a hybrid machine; it runs in a mount namespace without the v2 tree. */
const HIDE_V2 =
  'if [ -d /sys/fs/cgroup/unified ]; then umount -l /sys/fs/cgroup/unified; fi; exec "$@"';

const PRIVATE = ['unshare', '-m', '--propagation', 'private'];

function command(state: string): string[] {
  const crun = ['crun', '--root', state, '--cgroup-manager', 'cgroupfs'];
  return [...PRIVATE, 'sh', '-c', HIDE_V2, 'sh', ...crun];
}

export const startCrun = (options: ContainerOptions): Promise<Started> =>
  startOci({ command, files: FILES }, options);
