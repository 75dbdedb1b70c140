import fs from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import type { Container } from '../../src/containers/container.ts';
import { MetadataReader } from '../../src/containers/metadata.ts';

const ID = '4c01db0b339c7f1ad7d64b8ee1a6a7d5e4a9d8f8b2c3d4e5f60718293a4b5c6d';
const UID = '2f4d4a57-8b8f-4b63-a0a5-6a2b1c0d9e8f';

const CRI = `run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/config.json`;
const DOCKER = `var/lib/docker/containers/${ID}/config.v2.json`;
const CRIO = `run/containers/storage/overlay-containers/${ID}/userdata/config.json`;
const ROOTLESS = `run/user/1000/containers/overlay-containers/${ID}/userdata/config.json`;
const STORAGE = 'var/lib/containers/storage/overlay-containers/containers.json';

function container(runtime: string, id = ID, path = `/docker/${id}`): Container {
  const cgroups = new Map([['memory', path]]);
  return { key: '', id, runtime, cgroups, directory: '', inode: 1, init: 1, started: 0 };
}

/** The metadata if these are the only state files. */
function metadataOf(t: Test, files: Record<string, unknown>, of: Container) {
  const root = t.testdir();
  for (const [path, content] of Object.entries(files)) {
    fs.mkdirSync(dirname(join(root, path)), { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    fs.writeFileSync(join(root, path), text);
  }
  return new MetadataReader(root).read(of);
}

t.test('Docker: its name, labels and environment', async (t) => {
  const config = { Labels: { 'io.procview/x': '0' }, Env: ['A=1', 'B='] };
  const files = { [DOCKER]: { ID, Name: '/web-1', State: { Pid: 12 }, Config: config } };
  const metadata = metadataOf(t, files, container('docker'));
  t.equal(metadata.name, 'web-1');
  t.equal(metadata.labels.get('io.procview/x'), '0');
  t.same(metadata.environment, ['A=1', 'B=']);
  t.equal(metadata.pod, '');
});

t.test('containerd for Kubernetes: the name in the pod, the pod, annotations', async (t) => {
  const annotations = {
    'io.kubernetes.cri.container-name': 'app',
    'io.kubernetes.cri.sandbox-name': 'web-0',
    'io.kubernetes.cri.sandbox-namespace': 'shop',
    'io.procview/x': '0',
  };
  const slice = `kubepods-burstable-pod${UID.replaceAll('-', '_')}.slice`;
  const path = `/kubepods.slice/kubepods-burstable.slice/${slice}/cri-containerd-${ID}.scope`;
  const process = { env: ['A=1'] };
  const metadata = metadataOf(
    t,
    { [CRI]: { annotations, process } },
    container('containerd', ID, path),
  );
  t.match(metadata, { name: 'app', pod: UID, podName: 'shop/web-0', environment: ['A=1'] });
  t.equal(metadata.annotations.get('io.procview/x'), '0');
});

t.test('CRI-O', async (t) => {
  const annotations = {
    'io.kubernetes.container.name': 'app',
    'io.kubernetes.pod.name': 'web-0',
    'io.kubernetes.pod.namespace': 'shop',
  };
  const metadata = metadataOf(t, { [CRIO]: { annotations } }, container('cri-o'));
  t.match(metadata, { name: 'app', podName: 'shop/web-0' });
});

t.test('Podman: the name from the storage, the rest from the bundle', async (t) => {
  const storage = [
    { id: 'other', names: ['other'] },
    { id: ID, names: ['db'] },
  ];
  const files = { [STORAGE]: storage, [CRIO]: { annotations: { a: 'b' } } };
  const metadata = metadataOf(t, files, container('podman'));
  t.equal(metadata.name, 'db');
  t.equal(metadata.annotations.get('a'), 'b');
});

t.test('rootless Podman: annotations', async (t) => {
  const metadata = metadataOf(t, { [ROOTLESS]: { annotations: { a: 'b' } } }, container('podman'));
  t.equal(metadata.annotations.get('a'), 'b');
});

t.test('LXC, nspawn and libvirt: the name of the cgroup', async (t) => {
  t.equal(metadataOf(t, {}, container('lxc', 'web-1')).name, 'web-1');
  t.equal(metadataOf(t, {}, container('nspawn', 'a-b')).name, 'a-b');
  t.equal(metadataOf(t, {}, container('libvirt-lxc', 'lxc\\x2d7\\x2dweb')).name, 'web');
});

t.test('a cgroup that names no runtime: only a file that names the cgroup counts', async (t) => {
  const path = 'run/containerd/io.containerd.runtime.v2.task/default/box/config.json';
  const of = container('', 'default/box', '/default/box');
  const config = (cgroupsPath: string) => ({
    annotations: { 'nerdctl/name': 'named' },
    linux: { cgroupsPath },
  });
  t.equal(metadataOf(t, { [path]: config('/default/box') }, of).name, 'named');
  t.equal(metadataOf(t, { [path]: config('/other/box') }, of).name, '');
  t.equal(metadataOf(t, { [path]: {} }, of).name, '');
});

t.test('hostile and broken files are ignored', async (t) => {
  const deep = '['.repeat(200_000);
  const broken: readonly unknown[] = ['', '{', 'null', '[]', '7', deep, '\0\xff', '{"Name":7}'];
  const odd = ['{"Name":{}}', '{"Name":"/a\\u001b[31m"}', `{"Name":"${'a'.repeat(300)}"}`];
  for (const content of [...broken, ...odd, `{"Name":"/${'a'.repeat(2 << 20)}"}`]) {
    const metadata = metadataOf(t, { [DOCKER]: content }, container('docker'));
    t.equal(metadata.name, '', String(content).slice(0, 40));
  }
  const mixed = { Name: '/web', Config: { Labels: { a: 1 }, Env: [2] } };
  const metadata = metadataOf(t, { [DOCKER]: mixed }, container('docker'));
  t.equal(metadata.name, 'web', 'valid fields still count');
  t.match(metadata, { labels: new Map(), environment: [] });
});

t.test('no file outside the root is read', async (t) => {
  const root = t.testdir({ secret: JSON.stringify({ Name: '/secret' }) });
  fs.mkdirSync(join(root, 'host', dirname(DOCKER)), { recursive: true });
  fs.symlinkSync(join(root, 'secret'), join(root, 'host', DOCKER));
  const reader = new MetadataReader(join(root, 'host'));
  t.equal(reader.read(container('docker')).name, '', 'a link');
  for (const id of ['..', '.', 'a/../b', '-x'])
    t.equal(reader.read(container('docker', id)).name, '');
});
