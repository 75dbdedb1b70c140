/**
 * What a reload can change.
 * @module
 */
import type { Config } from './schema.ts';

/** Where a daemon serves what, and what is decided once: only a new process can change it. */
const LASTING = ['mount', 'fsname', 'state', 'mode', 'roots'] as const;

/** Keys whose values differ and cannot be changed by a reload. */
export function lastingChanges(before: Config, after: Config): string[] {
  const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  const keys: string[] = LASTING.filter((key) => differs(before[key], after[key]));
  if (before.log.format !== after.log.format) keys.push('log.format');
  if (before.isolation.hostSysctl !== after.isolation.hostSysctl) keys.push('isolation.hostSysctl');
  return keys;
}
