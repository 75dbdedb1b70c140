/**
 * The Kubernetes pod of a container, from the path of its cgroup.
 * @module
 */

/** `pod<uid>` by the cgroupfs driver, `kubepods-burstable-pod<uid>.slice` by systemd's, with `_` for `-` in the uid. */
const POD = /^(?:[\w-]*kubepods-(?:[a-z]+-)?)?pod([0-9a-f][0-9a-f_-]{0,62})(?:\.slice)?$/;

/** The cgroup above: the root of all pods, or a QoS class. */
const PARENT = /kubepods|^(?:burstable|besteffort)$/;

/** The uid of the pod, for a static pod the hash of its manifest; `''` if the path has none. */
export function podUid(path: string): string {
  const names = path.split('/');
  for (const [i, name] of names.entries()) {
    const uid = POD.exec(name)?.[1];
    if (uid !== undefined && PARENT.test(names[i - 1] ?? '')) return uid.replaceAll('_', '-');
  }
  return '';
}
