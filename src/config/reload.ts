/**
 * The keys that a reload cannot change.
 * @module
 */
import type { Config } from './schema.ts';

/** Paths, and choices that a process makes once: only a new process can change them. */
const FIXED_KEYS = ['mount', 'fsname', 'state', 'mode', 'roots'] as const;

/** Keys with different values that need a new process. */
export function lastingChanges(before: Config, after: Config): string[] {
  const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  const keys: string[] = FIXED_KEYS.filter((key) => differs(before[key], after[key]));
  if (before.log.format !== after.log.format) keys.push('log.format');
  if (before.isolation.hostSysctl !== after.isolation.hostSysctl) keys.push('isolation.hostSysctl');
  return keys;
}
