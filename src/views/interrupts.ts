/**
 * /proc/interrupts: the host's counts, in as many columns as the container has CPUs.
 * kernel/irq/proc.c (show_interrupts), arch/<arch>/kernel/irq.c.
 * @module
 */
import { renderColumns } from './cpu-columns.ts';
import type { View } from './view.ts';

const columns = 'a column for each CPU line of stat';
const counts = "the host's, of its CPU N: no cgroup counts them";

export const interrupts: View = {
  path: 'proc/interrupts',
  needs: ['cpus', 'interrupts'],
  fields: [
    { key: 'CPUN', v1: columns, v2: columns },
    { key: 'ERR, MIS, Err', v1: "the host's", v2: "the host's" },
    { key: '*', v1: counts, v2: counts },
  ],
  render: ({ host, cpus }, out) => renderColumns(host.files.interrupts, cpus.count, out),
};
