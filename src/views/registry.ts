/**
 * The list of all views. A new view is a file of its own and a name here.
 * @module
 */
import { cpuinfo } from './cpuinfo.ts';
import { diskstats } from './diskstats.ts';
import { interrupts } from './interrupts.ts';
import { loadavg } from './loadavg.ts';
import { meminfo } from './meminfo.ts';
import { pressures } from './pressure.ts';
import { schedstat } from './schedstat.ts';
import { slabinfo } from './slabinfo.ts';
import { softirqs } from './softirqs.ts';
import { stat } from './stat.ts';
import { swaps } from './swaps.ts';
import { cpuViews } from './sys-cpu.ts';
import { nodeViews } from './sys-node.ts';
import { uptime } from './uptime.ts';
import type { View } from './view.ts';
import { vmstat } from './vmstat.ts';
import { zoneinfo } from './zoneinfo.ts';

export const views: readonly View[] = [
  meminfo,
  cpuinfo,
  stat,
  loadavg,
  vmstat,
  uptime,
  swaps,
  diskstats,
  slabinfo,
  zoneinfo,
  schedstat,
  interrupts,
  softirqs,
  ...pressures,
  ...cpuViews,
  ...nodeViews,
];
