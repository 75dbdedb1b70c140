import fc from 'fast-check';
import t from 'tap';
import { recognise } from '../../src/containers/runtimes.ts';

const ID = '4c01db0b339c7f1ad7d64b8ee1a6a7d5e4a9d8f8b2c3d4e5f60718293a4b5c6d';
const POD = 'f3b8a2d1e0c94756839201af5bd6e7c8091a2b3c4d5e6f708192a3b4c5d6e7f8';
const UID = 'pod2f4d4a57-8b8f-4b63-a0a5-6a2b1c0d9e8f';
const SLICE = UID.replaceAll('-', '_');

/** The path of a container, its runtime and id, and the rest of a task's path below. */
type Row = readonly [path: string, runtime: string, id: string, below?: string];

const ROWS: readonly Row[] = [
  // Docker: cgroupfs driver, systemd driver, rootless, a custom --cgroup-parent with systemd.
  [`/docker/${ID}`, 'docker', ID],
  [`/system.slice/docker-${ID}.scope`, 'docker', ID],
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`, 'docker', ID],
  [`/my.slice/docker-${ID}.scope`, 'docker', ID],
  // systemd in the container moves itself and creates services.
  [`/system.slice/docker-${ID}.scope`, 'docker', ID, '/init.scope'],
  [`/docker/${ID}`, 'docker', ID, '/system.slice/nginx.service'],
  // Kubernetes with the cgroupfs driver: any runtime.
  [`/kubepods/burstable/${UID}/${ID}`, 'kubernetes', ID],
  [`/kubepods/besteffort/${UID}/${ID}`, 'kubernetes', ID],
  [`/kubepods/${UID}/${ID}`, 'kubernetes', ID],
  [`/kubepods/${UID}/${ID}`, 'kubernetes', ID, '/sub'],
  // ... below a kubelet that has a cgroup root of its own (kind).
  [`/docker/${POD}/kubelet/kubepods/burstable/${UID}/${ID}`, 'kubernetes', ID],
  [`/kubelet/kubepods/besteffort/${UID}/${ID}`, 'kubernetes', ID],
  // Kubernetes with the systemd driver: containerd, CRI-O, Docker by cri-dockerd.
  [
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-${SLICE}.slice/cri-containerd-${ID}.scope`,
    'containerd',
    ID,
  ],
  [`/kubepods.slice/kubepods-${SLICE}.slice/crio-${ID}.scope`, 'cri-o', ID],
  [`/kubepods.slice/kubepods-${SLICE}.slice/crio-${ID}.scope`, 'cri-o', ID, '/container'],
  [`/kubepods.slice/kubepods-besteffort.slice/docker-${ID}.scope`, 'docker', ID],
  // CRI-O with the cgroupfs driver.
  [`/kubepods/burstable/${UID}/crio-${ID}`, 'cri-o', ID],
  // Podman: root, rootless, cgroupfs; crun on v2 makes a sub-cgroup.
  [`/machine.slice/libpod-${ID}.scope`, 'podman', ID],
  [`/machine.slice/libpod-${ID}.scope`, 'podman', ID, '/container'],
  [
    `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope`,
    'podman',
    ID,
    '/container',
  ],
  [`/libpod_parent/libpod-${ID}`, 'podman', ID],
  // ctr, nerdctl (either driver), crictl without a pod's cgroup.
  ['/default/web', 'containerd', 'web'],
  ['/default/web', 'containerd', 'web', '/sub'],
  [`/default/${ID}`, 'containerd', ID],
  [`/system.slice/nerdctl-${ID}.scope`, 'containerd', ID],
  [`/k8s.io/${ID}`, 'containerd', ID],
  // LXC 4 and later, LXC before, Incus; a container with a container in it.
  ['/lxc.payload.web-1', 'lxc', 'web-1'],
  ['/lxc.payload.web-1', 'lxc', 'web-1', '/system.slice/sshd.service'],
  ['/lxc/web-1', 'lxc', 'web-1'],
  ['/lxc/web-1', 'lxc', 'web-1', '/init.scope'],
  // Commands of lxc-attach on v2.
  ['/lxc.payload.web-1', 'lxc', 'web-1', '/.lxc'],
  ['/user.slice/lxc.payload.a b', 'lxc', 'a b'],
  ['/lxc.payload.outer/lxc.payload.inner', 'lxc', 'inner'],
  // systemd-nspawn, by hand and as a service; libvirt's containers.
  ['/machine.slice/machine-debian.scope', 'nspawn', 'debian'],
  ['/machine.slice/machine-debian.scope', 'nspawn', 'debian', '/payload/init.scope'],
  ['/machine.slice/systemd-nspawn@web.service', 'nspawn', 'web', '/payload'],
  ['/machine.slice/systemd-nspawn@web\\x2d1.service', 'nspawn', 'web-1', '/payload'],
  ['/machine.slice/machine-web\\x2d1.scope', 'nspawn', 'web-1', '/payload'],
  ['/machine.slice/machine-lxc\\x2d7\\x2dweb.scope', 'libvirt-lxc', 'lxc\\x2d7\\x2dweb'],
  // Docker in Docker, Docker in a pod (both drivers): the innermost container counts.
  [`/docker/${POD}/docker/${ID}`, 'docker', ID],
  [`/kubepods/burstable/${UID}/${POD}/docker/${ID}`, 'docker', ID],
  [
    `/kubepods.slice/kubepods-${SLICE}.slice/cri-containerd-${POD}.scope/docker/${ID}`,
    'docker',
    ID,
  ],
];

t.test('containers of real nodes', async (t) => {
  for (const [path, runtime, id, below = ''] of ROWS) {
    t.same(recognise(path + below), { runtime, id, path }, path + below);
  }
});

t.test('paths without a container', async (t) => {
  for (const path of [
    '/',
    '',
    '/init.scope',
    '/system.slice/docker.service',
    '/user.slice/user-1000.slice/session-1.scope',
    '/docker',
    '/docker/buildkit',
    `/docker/${ID.slice(1)}`,
    `/docker/${ID}0`,
    `/docker/${ID.toUpperCase()}`,
    `/other/${ID}`,
    // Their monitors run on the host.
    `/kubepods.slice/kubepods-${SLICE}.slice/crio-conmon-${ID}.scope`,
    `/machine.slice/libpod-conmon-${ID}.scope`,
    `/kubepods/burstable/${UID}/crio-conmon-${ID}`,
    '/libpod_parent/conmon',
    '/lxc.pivot',
    '/default',
    '/system.slice/default/web',
    `/libpod_parent/libpod-${ID}x`,
    '/lxc.monitor.web-1',
    '/lxc',
    // The pod is not a container.
    `/kubepods/burstable/${UID}`,
    `/kubepods.slice/kubepods-${SLICE}.slice`,
    `/kubepodsx/burstable/${ID}`,
    // Virtual machines are host processes.
    '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope',
    '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator',
    '/machine-debian.scope',
    '/machine.slice',
  ]) {
    t.equal(recognise(path), null, path);
  }
});

t.test('a container is a prefix of the path, and is found again', async (t) => {
  const names = fc.constantFrom(
    'docker',
    'kubepods',
    'lxc',
    'machine.slice',
    ID,
    POD,
    'x',
    '',
    'a b',
  );
  const scopes = fc.constantFrom(
    `docker-${ID}.scope`,
    `libpod-${ID}`,
    'lxc.payload.a',
    'machine-a.scope',
  );
  const paths = fc
    .array(fc.oneof(names, scopes), { maxLength: 8 })
    .map((all) => `/${all.join('/')}`);
  fc.assert(
    fc.property(fc.oneof(paths, fc.string({ unit: 'binary' })), (path) => {
      const found = recognise(path);
      if (!found) return true;
      const top = path === found.path || path.startsWith(`${found.path}/`);
      return top && found.id !== '' && recognise(found.path)?.path === found.path;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
