/**
 * What a view is: one kernel file, as a table of its lines, rendered from a sample. Pure.
 * @module
 */
import type { Need, Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';

/** Where a line's figures come from; the documentation and `explain` print it. */
export interface Origin {
  /** The line's key. */
  readonly key: string;
  readonly v1: string;
  readonly v2: string;
}

export interface View {
  /** Path below the mount point and, without its first component's meaning, below the host's root. */
  readonly path: string;
  readonly needs: readonly Need[];
  readonly fields: readonly Origin[];
  readonly render: (sample: Sample, out: TextWriter) => void;
}
