/**
 * /proc/softirqs: the host's counts, in as many columns as the container has CPUs. fs/proc/softirqs.c.
 * @module
 */
import { renderColumns } from './cpu-columns.ts';
import type { View } from './view.ts';

const columns = 'a column for each CPU line of stat';
const counts = "the host's, of its CPU N: no cgroup counts them";

export const softirqs: View = {
  path: 'proc/softirqs',
  needs: ['cpus', 'softirqs'],
  fields: [
    { key: 'CPUN', v1: columns, v2: columns },
    { key: '*', v1: counts, v2: counts },
  ],
  render: ({ host, cpus }, out) => renderColumns(host.files.softirqs, cpus.count, out),
};
