/**
 * All views. A new one is its own file and one line here.
 * @module
 */
import { cpuinfo } from './cpuinfo.ts';
import { interrupts } from './interrupts.ts';
import { loadavg } from './loadavg.ts';
import { meminfo } from './meminfo.ts';
import { schedstat } from './schedstat.ts';
import { softirqs } from './softirqs.ts';
import { stat } from './stat.ts';
import type { View } from './view.ts';
import { vmstat } from './vmstat.ts';
import { zoneinfo } from './zoneinfo.ts';

export const views: readonly View[] = [
  meminfo,
  cpuinfo,
  stat,
  loadavg,
  vmstat,
  zoneinfo,
  schedstat,
  interrupts,
  softirqs,
];
