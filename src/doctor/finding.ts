/**
 * What `procview doctor` has found about one subject.
 * @module
 */

export interface Finding {
  readonly subject: string;
  /** problem: procview cannot serve here; note: it can, but its owner should know. */
  readonly state: 'ok' | 'note' | 'problem';
  /** What is, and what to do where it is a problem. */
  readonly text: string;
}
