/**
 * What a container says of itself, before anybody sets its switch: in the environment of its first
 * process, in an annotation of its OCI bundle, in a label of Docker or Podman. Pure.
 * @module
 */
import { parseSwitch } from './sysctl-text.ts';

/** In the environment: `PROCVIEW_STATS_ISOLATED=0`. */
export const ENVIRONMENT_NAME = 'PROCVIEW_STATS_ISOLATED';

/** Key of an annotation and of a label: `io.procview/stats-isolated=0`. */
export const ANNOTATION_KEY = 'io.procview/stats-isolated';

/** The value of a declaration; null: none, or one that means nothing. */
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

/** @param labels annotations of an OCI config.json, or labels as Docker and Podman keep them */
export function declaredByLabels(labels: unknown): boolean | null {
  if (typeof labels !== 'object' || labels === null || !Object.hasOwn(labels, ANNOTATION_KEY)) {
    return null;
  }
  return declared((labels as Record<string, unknown>)[ANNOTATION_KEY]);
}
