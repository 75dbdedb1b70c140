/**
 * net.core.somaxconn, the limit of the backlog of listening sockets. It is 4096 on TencentOS and, since Linux 5.4, in each
 * new network namespace; 128 before, and where it was set so.
 * @module
 */
import { native } from '../native/addon.ts';

const PARAMETER = 'core/somaxconn';

/** The default of new namespaces since 5.4 (net/core/net_namespace.c). */
const LOWEST_SOMAXCONN = 4096;

/** `host`: the process shares the host's network namespace, which stays as it is. A number is a negative errno. */
export type Raised = 'raised' | 'enough' | 'host' | number;

const namespaceOf = (procRoot: string, pid: number | 'self'): string => `${procRoot}/${pid}/ns/net`;

/** Raises the limit in the network namespace of a container's process if it is lower. Needs root. */
export function raiseSomaxconn(procRoot: string, pid: number): Raised {
  const [theirs, ours] = [pid, 'self' as const].map((each) =>
    native.readLink(namespaceOf(procRoot, each)),
  );
  if (typeof theirs === 'number') return theirs;
  if (theirs === ours) return 'host';
  const text = native.readNetParameter(namespaceOf(procRoot, pid), PARAMETER);
  if (typeof text === 'number') return text;
  if (Number(text) >= LOWEST_SOMAXCONN) return 'enough';
  const error = native.writeNetParameter(
    namespaceOf(procRoot, pid),
    PARAMETER,
    String(LOWEST_SOMAXCONN),
  );
  return error < 0 ? error : 'raised';
}
