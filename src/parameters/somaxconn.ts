/**
 * net.core.somaxconn, the longest queue of a listening socket: 4096 on TencentOS and, since 5.4, in every
 * new network namespace; 128 before, and where somebody has said so.
 * @module
 */
import { native } from '../native/addon.ts';

const PARAMETER = 'core/somaxconn';

/** What new namespaces have since 5.4 (net/core/net_namespace.c). */
const LEAST = 4096;

/** `host`: it shares the host's network, whose owner decides. A number is a negative errno. */
export type Raised = 'raised' | 'enough' | 'host' | number;

const namespaceOf = (procRoot: string, pid: number | 'self'): string => `${procRoot}/${pid}/ns/net`;

/** Raises it in the network namespace of a container's process, if it is lower there. Takes root. */
export function raiseSomaxconn(procRoot: string, pid: number): Raised {
  const [theirs, ours] = [pid, 'self' as const].map((each) =>
    native.readLink(namespaceOf(procRoot, each)),
  );
  if (typeof theirs === 'number') return theirs;
  if (theirs === ours) return 'host';
  const text = native.readNetParameter(namespaceOf(procRoot, pid), PARAMETER);
  if (typeof text === 'number') return text;
  if (Number(text) >= LEAST) return 'enough';
  const error = native.writeNetParameter(namespaceOf(procRoot, pid), PARAMETER, String(LEAST));
  return error < 0 ? error : 'raised';
}
