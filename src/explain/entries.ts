/**
 * Splits a rendered file into entries: key, value, and origin in the view's table.
 * @module
 */
import type { Origin } from '../views/view.ts';

export interface Entry {
  readonly key: string;
  readonly value: string;
  readonly origin: Origin;
}

/** Longer values (a CPU's flags, counts of all interrupts) are cut. */
const MAX_LENGTH = 60;

/** Whether a key of the table covers a line's key: `cpuN` covers cpu0, `a, b` covers a and b, `*` covers all. */
function covers(keys: string, key: string): boolean {
  return keys.split(', ').some((pattern) => {
    if (pattern === '*' || pattern === key) return true;
    return pattern.endsWith('N') && new RegExp(`^${pattern.slice(0, -1)}\\d+$`).test(key);
  });
}

/** The origin of a line: the first with its key, else the one of all other keys. */
export function originOf(fields: readonly Origin[], key: string): Origin | undefined {
  return (
    fields.find((field) => field.key !== '*' && covers(field.key, key)) ??
    fields.find((field) => field.key === '*')
  );
}

/** Key and value of a line: `MemTotal: 1 kB`, `processor<tab>: 0`, `ctxt 1`, `Node 0 MemTotal: 1 kB`. */
function splitLine(line: string): [key: string, value: string] {
  const own = line.replace(/^Node \d+ /, '');
  const match = /^\s*([^:]*?)\s*:(?:\s+|$)(.*)$/.exec(own) ?? /^\s*(\S+)\s*(.*)$/.exec(own);
  return [match?.[1] ?? '', match?.[2]?.trim() ?? ''];
}

/** The different values of each key of a body. */
export function linesByKey(body: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of body.split('\n')) {
    const [key, value] = splitLine(line);
    if (key === '') continue;
    const values = found.get(key) ?? [];
    if (!values.includes(value)) values.push(value);
    found.set(key, values);
  }
  return found;
}

function cut(value: string): string {
  const text = value.replace(/\s+/g, ' ');
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text;
}

function withUnit(value: string, unit: string | undefined): string {
  return unit ? `${value} ${unit}` : value;
}

/** Entries whose value has a pattern (`Origin.at`): all matches, as of several devices; '' without a match. */
function positioned(body: string, fields: readonly Origin[]): Entry[] {
  return fields.flatMap((origin) => {
    if (!origin.at) return [];
    const all = [...body.matchAll(new RegExp(origin.at, `${origin.at.flags}g`))];
    const values = all.map((match) => match[1] ?? match[0]);
    if (values.length === 0) return [{ key: origin.key, value: '', origin }];
    return [{ key: origin.key, value: withUnit(cut(values.join(', ')), origin.unit), origin }];
  });
}

/** All entries of a body, in its order. Lines without an origin are left out. */
export function entriesOf(body: string, fields: readonly Origin[]): Entry[] {
  const entries = positioned(body, fields);
  const lineFields = fields.filter(({ at }) => !at);
  if (lineFields.length === 0) return entries;
  for (const [key, values] of linesByKey(body)) {
    const origin = originOf(lineFields, key);
    if (!origin) continue;
    entries.push({ key, value: withUnit(cut(values.join(', ')), origin.unit), origin });
  }
  return entries;
}
