import t from 'tap';
import { podUid } from '../../src/containers/pod.ts';

const UID = '2f4d4a57-8b8f-4b63-a0a5-6a2b1c0d9e8f';
const SLICE = UID.replaceAll('-', '_');
const ID = '4c01db0b339c7f1ad7d64b8ee1a6a7d5e4a9d8f8b2c3d4e5f60718293a4b5c6d';
/** Static pods are named by a hash. */
const HASH = '8a6f1a3b7c0d4e5f9a8b7c6d5e4f3a2b';

t.test('the uid of a pod, from paths of real nodes', async (t) => {
  const paths: readonly [path: string, uid: string][] = [
    [`/kubepods/burstable/pod${UID}/${ID}`, UID],
    [`/kubepods/pod${UID}/${ID}`, UID],
    [`/kubepods/besteffort/pod${HASH}/${ID}/sub`, HASH],
    [
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${SLICE}.slice/crio-${ID}.scope`,
      UID,
    ],
    [`/kubepods.slice/kubepods-pod${SLICE}.slice/cri-containerd-${ID}.scope`, UID],
    [`/docker/${ID}/kubelet/kubepods/burstable/pod${UID}/${ID}`, UID],
    [
      `/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${SLICE}.slice/crio-${ID}.scope`,
      UID,
    ],
  ];
  for (const [path, uid] of paths) t.equal(podUid(path), uid, path);
});

t.test('paths without a pod', async (t) => {
  const paths = ['/', '', `/docker/${ID}`, `/pod${UID}`, '/kubepods/burstable', '/kubepods/podium'];
  for (const path of [...paths, `/system.slice/pod${UID}.slice/x`]) t.equal(podUid(path), '', path);
});
