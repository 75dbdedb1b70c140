/**
 * /proc/interrupts: the host's counts, in as many columns as the container has CPUs.
 * kernel/irq/proc.c (show_interrupts), arch/<arch>/kernel/irq.c.
 * @module
 */
import { renderColumns } from './cpu-columns.ts';
import type { View } from './view.ts';

const counts = "the host's column N: no cgroup counts interrupts";

export const interrupts: View = {
  path: 'proc/interrupts',
  needs: ['cpus', 'interrupts'],
  fields: [
    { key: 'CPUN', v1: counts, v2: counts, differs: 'as many columns as stat has CPU lines' },
    { key: 'ERR, MIS', v1: "the host's", v2: "the host's" },
  ],
  render: ({ host, cpus }, out) => renderColumns(host.files.interrupts, cpus.count, out),
};
