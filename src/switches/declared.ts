/**
 * The switch as a container declares it, in the environment of its first process, in an annotation of its OCI bundle, or
 * in a label of Docker or Podman. Pure.
 * @module
 */
import { parseSwitch } from './sysctl-text.ts';

/** In the environment: `PROCVIEW_STATS_ISOLATED=0`. */
export const ENVIRONMENT_NAME = 'PROCVIEW_STATS_ISOLATED';

/** Key of an annotation and of a label: `io.procview/stats-isolated=0`. */
export const ANNOTATION_KEY = 'io.procview/stats-isolated';

/** The value of a declaration; null if there is none, or an invalid one. */
function declared(value: unknown): boolean | null {
  const parsed = typeof value === 'string' ? parseSwitch(value) : null;
  return typeof parsed === 'boolean' ? parsed : null;
}

/** @param environ /proc/<pid>/environ: `name=value`, each ended by NUL; of two the last counts, as in sh */
export function declaredByEnvironment(environ: string): boolean | null {
  const start = `${ENVIRONMENT_NAME}=`;
  const found = environ.split('\0').findLast((each) => each.startsWith(start));
  return declared(found?.slice(start.length));
}

/** The places in which a container can declare its switch. */
export interface Declarations {
  /** Environment of the first process, its current or its configured one: see declaredByEnvironment. */
  readonly environ: string;
  readonly annotations: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
}

/** The first valid declaration, in the order environment, annotation, label; null if there is none. */
export const declaredSwitch = ({ environ, annotations, labels }: Declarations): boolean | null =>
  declaredByEnvironment(environ) ??
  declared(annotations.get(ANNOTATION_KEY)) ??
  declared(labels.get(ANNOTATION_KEY));
