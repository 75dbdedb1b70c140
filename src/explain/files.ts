/**
 * Figures that are copied from one file of a cgroup.
 * @module
 */
import type { Explain, Explainers } from './subject.ts';

/** What the view's table says, and of which cgroup. */
const fileOf =
  (...controllers: readonly string[]): Explain =>
  ({ trace }, _, documented) => {
    const cgroup = trace.cgroup(...controllers);
    return cgroup ? `${documented} at ${cgroup.path}` : '0, no cgroup of its own counts it';
  };

export const fileExplainers: Explainers = {
  disks: fileOf('blkio'),
  'pressure.cpu': fileOf('unified'),
  'pressure.memory': fileOf('unified'),
  'pressure.io': fileOf('unified'),
};
