/**
 * /proc/softirqs: the host's counts, in as many columns as the container has CPUs. fs/proc/softirqs.c.
 * @module
 */
import { renderColumns } from './cpu-columns.ts';
import type { View } from './view.ts';

const counts = "the host's, a rate of its CPU N; as many columns as stat has CPU lines";

export const softirqs: View = {
  path: 'proc/softirqs',
  needs: ['cpus', 'softirqs'],
  fields: [{ key: 'CPUN', v1: counts, v2: counts }],
  render: ({ host, cpus }, out) => renderColumns(host.files.softirqs, cpus.count, out),
};
