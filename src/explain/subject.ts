/**
 * The input of an explanation: one sample and its trace.
 * @module
 */
import type { Container } from '../containers/container.ts';
import type { Figure, Sample } from '../sampling/sample.ts';
import type { Trace } from '../sampling/trace.ts';

export interface Subject {
  readonly container: Container;
  readonly sample: Sample;
  readonly trace: Trace;
  /** Whether a daemon has written the ledger since the last boot. */
  readonly hasLedger: boolean;
}

/**
 * Explains the computation of a figure; null if the view's table is enough.
 * @param key of the line
 * @param documented text of the view's table
 */
export type Explain = (subject: Subject, key: string, documented: string) => string | null;

export type Explainers = Partial<Record<Figure, Explain>>;
