/**
 * What a view is: one kernel file, as a table of its lines, rendered from a sample. Pure.
 * @module
 */
import type { Figure, Need, Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';

/** Where a line's figures come from; the documentation and `explain` print it. */
export interface Origin {
  /** The line's key; `a, b`: several; `cpuN`: one for each number; `*`: every other. */
  readonly key: string;
  /** Where the value is, if not on the lines that begin with the key: each match's first group. */
  readonly at?: RegExp;
  /** Unit of a number that is printed without one. */
  readonly unit?: string;
  /** Source on each version of cgroups. */
  readonly v1: string;
  readonly v2: string;
  /** First kernel that has the source, if not all that we run on (5.4 and later). */
  readonly since?: { readonly v1?: string; readonly v2?: string };
  /** What is shown where the source is missing; `0` unless said. */
  readonly absent?: string;
  /** The figure that it shows or ends in: `explain` tells how the line came about. */
  readonly figure?: Figure;
  /** How the line differs from the host's, beyond being the container's own. */
  readonly differs?: string;
}

/** The one value of a file that is nothing else: its key is the file's name. */
export const wholeFile = (key: string, from: string): Origin => {
  return { key, at: /^(.*)\n/, v1: from, v2: from };
};

export interface View {
  /** Path below the mount point and, without its first component's meaning, below the host's root. */
  readonly path: string;
  /** Permission bits; 0444 unless said. */
  readonly mode?: number;
  readonly needs: readonly Need[];
  readonly fields: readonly Origin[];
  readonly render: (sample: Sample, out: TextWriter) => void;
}
