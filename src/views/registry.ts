/**
 * All views. A new one is its own file and one line here.
 * @module
 */
import { cpuinfo } from './cpuinfo.ts';
import { loadavg } from './loadavg.ts';
import { meminfo } from './meminfo.ts';
import { stat } from './stat.ts';
import type { View } from './view.ts';
import { vmstat } from './vmstat.ts';

export const views: readonly View[] = [meminfo, cpuinfo, stat, loadavg, vmstat];
