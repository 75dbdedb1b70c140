/**
 * /proc/softirqs: the host's counts, in as many columns as the container has CPUs. fs/proc/softirqs.c.
 * @module
 */
import { renderColumns } from './cpu-columns.ts';
import type { View } from './view.ts';

const counts = "the host's column N: no cgroup counts softirqs";

export const softirqs: View = {
  path: 'proc/softirqs',
  needs: ['cpus', 'softirqs'],
  fields: [
    { key: 'CPUN', v1: counts, v2: counts, differs: 'as many columns as stat has CPU lines' },
  ],
  render: ({ host, cpus }, out) => renderColumns(host.files.softirqs, cpus.count, out),
};
