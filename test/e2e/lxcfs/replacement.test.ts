/**
 * procview in place of LXCFS: containers that are configured for LXCFS work unchanged.
 */
import fs from 'node:fs';
import t from 'tap';
import { skipReason, startContainer } from '../helpers/container.ts';
import { Daemon, temporary } from '../helpers/daemon.ts';
import { privateMounts } from '../helpers/private-mounts.ts';
import { kilobytes } from '../helpers/proc-text.ts';
import { MiB, prepare } from '../helpers/suite.ts';
import { RUNC_FILES } from '../runtimes/root.ts';

await prepare();

const bind = '/var/lib/lxcfs';
const HOOK = '/usr/share/lxcfs/lxc.mount.hook';
const LXC_CONFIG = '/usr/share/lxc/config/common.conf';

const skip = [bind, HOOK].every((path) => fs.existsSync(path))
  ? false
  : 'no lxcfs: run deploy/setup.sh test';

/** A private mount namespace, because an LXCFS of this machine may be mounted there. */
const mounts = await privateMounts(t, `umount -l ${bind} 2>/dev/null || true; mkdir -p ${bind}`);
const { within } = mounts;

const daemon = new Daemon(bind, temporary(t, 'state'), mounts);
t.teardown(() => daemon.stop());
await daemon.start('--fsname', 'lxcfs');

const limits = { memory: 128 * MiB, quota: 1, cpuset: '0' };

t.test(
  "LXC containers with Debian's configuration for LXCFS read procview",
  { skip: skip || skipReason('lxc') },
  async (t) => {
    const extra = { lxc: [`lxc.include = ${LXC_CONFIG}`] };
    const container = await startContainer(t, { kind: 'lxc', limits, within, extra });
    t.equal(kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal'), 128 * 1024);
    const cpus = ['sh', '-c', 'nproc; ls -d /sys/devices/system/cpu/cpu[0-9]* | wc -l'];
    t.equal(await container.output(cpus), '1\n1\n');
    const mounted = await container.output(['cat', '/proc/mounts']);
    for (const file of RUNC_FILES) t.match(mounted, `lxcfs /proc/${file} fuse.procview `);
    t.match(mounted, 'lxcfs /sys/devices/system/cpu fuse.procview ');
    t.notMatch(mounted, 'lxcfs /proc/sys ', '/proc/sys stays that of the kernel');
  },
);

t.test(
  'Podman containers with one volume for each file read procview',
  { skip: skipReason('podman') },
  async (t) => {
    const container = await startContainer(t, { kind: 'podman', limits, within, bind });
    t.equal(kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal'), 128 * 1024);
    const mounted = await container.output(['cat', '/proc/mounts']);
    for (const file of RUNC_FILES) t.match(mounted, `lxcfs /proc/${file} fuse.procview `);
  },
);
