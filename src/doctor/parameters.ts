/**
 * Checks which of the kernel parameters that TencentOS isolates this kernel isolates itself. A parameter that exists in a
 * new network namespace belongs to that namespace.
 * @module
 */
import { native } from '../native/addon.ts';
import type { Finding } from './finding.ts';

/** Below /proc/sys/net. */
const NET = [
  'ipv4/tcp_rmem',
  'ipv4/tcp_wmem',
  'ipv4/tcp_workaround_signed_windows',
  'core/somaxconn',
  'ipv4/tcp_max_orphans',
] as const;

/** Selects a new network namespace. */
const NEW_NAMESPACE = '';

const ENOENT = 2;

function netParameter(path: string): Finding {
  const subject = `net.${path.replace('/', '.')}`;
  const value = native.readNetParameter(NEW_NAMESPACE, path);
  if (typeof value === 'string') {
    const values = value.trim().split(/\s+/).join(' ');
    return { subject, state: 'ok', text: `separate in each network namespace; default ${values}` };
  }
  if (value !== -ENOENT) {
    return { subject, state: 'note', text: `unknown (errno ${-value}): run as root` };
  }
  return {
    subject,
    state: 'note',
    text: 'one value for the whole host; network namespaces have none',
  };
}

/** One finding for each parameter. */
export const isolatedParameters = (): Finding[] => [
  ...NET.map(netParameter),
  { subject: 'vm.max_map_count', state: 'note', text: 'one value for the whole host' },
];
