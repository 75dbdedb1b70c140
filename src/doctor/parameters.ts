/**
 * Which of the kernel parameters that TencentOS isolates this kernel isolates by itself. Asked of the
 * kernel: a parameter that stands in a new network namespace is that namespace's own.
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

/** A new network namespace. */
const NEW = '';

const ENOENT = 2;

function netParameter(path: string): Finding {
  const subject = `net.${path.replace('/', '.')}`;
  const value = native.readNetParameter(NEW, path);
  if (typeof value === 'string') {
    const values = value.trim().split(/\s+/).join(' ');
    return { subject, state: 'ok', text: `own in each network namespace, ${values} in a new one` };
  }
  if (value !== -ENOENT) {
    return { subject, state: 'note', text: `cannot be told, errno ${-value}: takes root` };
  }
  return { subject, state: 'note', text: "the host's for all, network namespaces do not have it" };
}

/** What this kernel isolates, one finding for each parameter. */
export const isolatedParameters = (): Finding[] => [
  ...NET.map(netParameter),
  { subject: 'vm.max_map_count', state: 'note', text: "the host's for all" },
];
