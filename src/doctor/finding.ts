/**
 * One result of `procview doctor`.
 * @module
 */

export interface Finding {
  readonly subject: string;
  /** problem: procview cannot serve on this machine; note: it can, but with a difference that matters to users. */
  readonly state: 'ok' | 'note' | 'problem';
  /** The state; for a problem also its cause and how to fix it. */
  readonly text: string;
}
