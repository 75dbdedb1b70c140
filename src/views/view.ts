/**
 * A view: one kernel file, with a table of its lines and a function that renders it from a sample. Views are pure.
 * @module
 */
import type { Figure, Need, Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';

/** The source of a line. docs/views.md and `procview explain` print it. */
export interface Origin {
  /** The line's key; `a, b`: two keys; `cpuN`: one key for each number; `*`: all other keys. */
  readonly key: string;
  /** Matches the value with its first group, if the line does not begin with the key. */
  readonly at?: RegExp;
  /** Unit of a number that is printed without one. */
  readonly unit?: string;
  /** The source in each cgroup version. */
  readonly v1: string;
  readonly v2: string;
  /** First kernel that has the source, if it is later than 5.4. */
  readonly since?: { readonly v1?: string; readonly v2?: string };
  /** The value without the source; `0` if undefined. */
  readonly absent?: string;
  /** The figure that the line shows; `explain` has a function for it. */
  readonly figure?: Figure;
  /** How the meaning of the line differs from the host's. */
  readonly differs?: string;
}

/** The origin of a file that is a single value; its key is the file's name. */
export const wholeFile = (key: string, from: string): Origin => {
  return { key, at: /^(.*)\n/, v1: from, v2: from };
};

export interface View {
  /** Path below the mount point; the first part is `proc` or `sys`. */
  readonly path: string;
  /** Permission bits; 0444 if undefined. */
  readonly mode?: number;
  readonly needs: readonly Need[];
  readonly fields: readonly Origin[];
  readonly render: (sample: Sample, out: TextWriter) => void;
}
