/**
 * Explains a rendered view: one line for each entry, with its value and its computation.
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

/** Adds the value to each key of the same file in a text: `Active(anon) 8 kB + ...`. */
function withValues(text: string, entries: readonly Entry[]): string {
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  return text.replace(/[A-Z]\w+(?:\(\w+\))?/g, (word) => {
    const value = values.get(word);
    return value === undefined ? word : `${word} ${value}`;
  });
}

/** The text of the view's table for the container's cgroup version. */
function documentedText({ origin }: Entry, { trace }: Subject, entries: readonly Entry[]): string {
  const { v1, v2, differs } = origin;
  const text = v2 === 'the same' || trace.version === 1 ? v1 : v2;
  return text === '0' && differs ? `0, ${differs}` : withValues(text, entries);
}

const line = ({ key, value }: Entry, why: string): Explanation => ({
  key,
  text: `${key} ${value || '(no line)'} = ${why}`,
});

/** Explains a container's file. */
export function explainView(view: View, body: string, subject: Subject): Explanation[] {
  const entries = entriesOf(body, view.fields);
  return entries.map((entry) => {
    const { figure } = entry.origin;
    const documented = documentedText(entry, subject, entries);
    const why = figure && EXPLAINERS[figure]?.(subject, entry.key, documented);
    return line(entry, why ?? documented);
  });
}

/** Explains a file with the host's own bytes. */
export function explainHost(view: View, body: string, reason: string): Explanation[] {
  return entriesOf(body, view.fields).map((entry) => line(entry, `the host's: ${reason}`));
}
