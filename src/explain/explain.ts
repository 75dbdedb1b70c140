/**
 * From a rendered view to one line for each of its entries: the value, and how it came about.
 * @module
 */
import type { View } from '../views/view.ts';
import { cpuExplainers } from './cpus.ts';
import { type Entry, entriesOf } from './entries.ts';
import { fileExplainers } from './files.ts';
import { loadExplainers } from './load.ts';
import { memoryExplainers } from './memory.ts';
import type { Explainers, Subject } from './subject.ts';
import { swapExplainers } from './swap.ts';
import { vmExplainers } from './vm.ts';

const EXPLAINERS: Explainers = {
  ...memoryExplainers,
  ...swapExplainers,
  ...vmExplainers,
  ...cpuExplainers,
  ...loadExplainers,
  ...fileExplainers,
};

export interface Explanation {
  readonly key: string;
  /** `MemTotal 262144 kB = min(...)`. */
  readonly text: string;
}

/** Puts the value beside each key of the same file that a text names: `Active(anon) 8 kB + ...`. */
function withValues(text: string, entries: readonly Entry[]): string {
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  return text.replace(/[A-Z]\w+(?:\(\w+\))?/g, (word) => {
    const value = values.get(word);
    return value === undefined ? word : `${word} ${value}`;
  });
}

/** What the table says of the container's version of cgroups. */
function asDocumented({ origin }: Entry, { trace }: Subject, entries: readonly Entry[]): string {
  const { v1, v2, differs } = origin;
  const text = v2 === 'the same' || trace.version === 1 ? v1 : v2;
  return text === '0' && differs ? `0, ${differs}` : withValues(text, entries);
}

const line = ({ key, value }: Entry, why: string): Explanation => ({
  key,
  text: `${key} ${value || '(nothing)'} = ${why}`,
});

/** Explains a container's file. */
export function explainView(view: View, body: string, subject: Subject): Explanation[] {
  const entries = entriesOf(body, view.fields);
  return entries.map((entry) => {
    const { figure } = entry.origin;
    const documented = asDocumented(entry, subject, entries);
    const why = figure && EXPLAINERS[figure]?.(subject, entry.key, documented);
    return line(entry, why ?? documented);
  });
}

/** Explains a file of the host's own bytes. */
export function explainHost(view: View, body: string, reason: string): Explanation[] {
  return entriesOf(body, view.fields).map((entry) => line(entry, `the host's: ${reason}`));
}
