/**
 * What an explanation is made from: one sample and what it was computed from.
 * @module
 */
import type { Container } from '../containers/container.ts';
import type { Figure, Sample } from '../sampling/sample.ts';
import type { Trace } from '../sampling/trace.ts';

export interface Subject {
  readonly container: Container;
  readonly sample: Sample;
  readonly trace: Trace;
  /** Whether a daemon has kept the ledger since this boot. */
  readonly kept: boolean;
}

/**
 * Tells how a figure came about. Null: the view's table says all there is.
 * @param key of the line
 * @param documented what the view's table says
 */
export type Explain = (subject: Subject, key: string, documented: string) => string | null;

export type Explainers = Partial<Record<Figure, Explain>>;
