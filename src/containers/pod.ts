/**
 * Which Kubernetes pod a container is of, told by its cgroup's path.
 * @module
 */

/** `pod<uid>` of the cgroupfs driver, `kubepods-burstable-pod<uid>.slice` of systemd's, which has no dashes. */
const POD = /^(?:[\w-]*kubepods-(?:[a-z]+-)?)?pod([0-9a-f][0-9a-f_-]{0,62})(?:\.slice)?$/;

/** What stands above it: the root of all pods, or a class of them. */
const ABOVE = /kubepods|^(?:burstable|besteffort)$/;

/** The pod's uid (of a static pod the hash of its manifest); `''` if the path has none. */
export function podUid(path: string): string {
  const names = path.split('/');
  for (const [i, name] of names.entries()) {
    const uid = POD.exec(name)?.[1];
    if (uid !== undefined && ABOVE.test(names[i - 1] ?? '')) return uid.replaceAll('_', '-');
  }
  return '';
}
