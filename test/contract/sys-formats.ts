/**
 * The layout of files below /sys, for formats.ts.
 * @module
 */
import type { Check } from './formats.ts';

const linesOf = (body: string): string[] => body.replace(/\n$/, '').split('\n');

/** A CPU or node list. */
const list: Check = (body) => (/^((\d+(-\d+)?)(,\d+(-\d+)?)*)?\n$/.test(body) ? [] : [`"${body}"`]);

const blank = (text: string): string => text.replaceAll(/[\da-f]/g, '0');

const mask: Check = (body, host) =>
  /^[\da-f]+(,[\da-f]{8})*\n$/.test(body) && blank(body) === blank(host) ? [] : [`"${body}"`];

const distance: Check = (body) => (/^\d+( \d+)*\n$/.test(body) ? [] : [`"${body}"`]);

const pairs: Check = (body, host) =>
  linesOf(body).filter((line, i) => {
    const [key, ...rest] = line.split(' ');
    return key !== linesOf(host)[i]?.split(' ')[0] || !/^\d+$/.test(rest.join(' '));
  });

/** All numbers end in the host's column. */
const meminfo: Check = (body, host) => {
  const ends = (line: string): number => / *\d+( kB)?$/.exec(line)?.[0].length ?? -1;
  const key = (line: string): string => line.split(':', 1)[0] ?? '';
  const hosts = linesOf(host);
  return linesOf(body).filter((line, i) => {
    const other = hosts[i] ?? '';
    return key(line) !== key(other) || line.length !== other.length || ends(line) !== ends(other);
  });
};

const all = (check: Check, directory: string, names: readonly string[]): Record<string, Check> =>
  Object.fromEntries(names.map((name) => [`sys/devices/system/${directory}/${name}`, check]));

const CPU_LISTS = ['online', 'possible', 'present', 'enabled', 'offline', 'isolated'];
const NODE_LISTS = ['online', 'possible', 'has_cpu', 'has_memory', 'has_normal_memory'];

/** By the view's path. */
export const sysFormats: Readonly<Record<string, Check>> = {
  ...all(list, 'cpu', CPU_LISTS),
  ...all(list, 'node', [...NODE_LISTS, 'has_high_memory', 'has_generic_initiator']),
  ...all(list, 'node/node0', ['cpulist']),
  ...all(mask, 'node/node0', ['cpumap']),
  ...all(distance, 'node/node0', ['distance']),
  ...all(pairs, 'node/node0', ['vmstat', 'numastat']),
  ...all(meminfo, 'node/node0', ['meminfo']),
};
