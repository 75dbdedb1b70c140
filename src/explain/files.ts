/**
 * Explains figures that are copied from one file of a cgroup.
 * @module
 */
import type { Explain, Explainers } from './subject.ts';

/** The text of the view's table, and the cgroup. */
const fileOf =
  (...controllers: readonly string[]): Explain =>
  ({ trace }, _, documented) => {
    const cgroup = trace.cgroup(...controllers);
    return cgroup
      ? `${documented} at ${cgroup.path}`
      : '0, the container has no cgroup of its own that counts it';
  };

export const fileExplainers: Explainers = {
  disks: fileOf('blkio'),
  'pressure.cpu': fileOf('unified'),
  'pressure.memory': fileOf('unified'),
  'pressure.io': fileOf('unified'),
};
