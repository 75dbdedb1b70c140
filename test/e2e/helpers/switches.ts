/**
 * Switches, as users of a container and of the host turn them.
 * @module
 */
import fs from 'node:fs';
import { type Outcome, output, run } from './command.ts';
import type { Container, Inside } from './container.ts';
import type { Daemon } from './daemon.ts';
import { kilobytes } from './proc-text.ts';

/** kB of memory that the host has. */
export const HOST_TOTAL = kilobytes(fs.readFileSync('/proc/meminfo', 'latin1'), 'MemTotal');

export const HOST = 'sys/kernel/stats_isolated';
export const CONTAINER = 'sys/kernel/container_stats_isolated';

/** MemTotal of a container that sees the daemon's mount, in kB. */
export async function total(daemon: Daemon, inside: Inside): Promise<number> {
  return kilobytes(await inside.read(daemon.file('meminfo')), 'MemTotal');
}

/** A shell's `echo text >file`; not its builtin, of which some keep the errno to themselves. */
export const echo = (text: string, file: string): string[] => [
  'sh',
  '-c',
  'exec env echo "$0" >"$1"',
  text,
  file,
];

/** Writes a container's own switch, from inside. */
export const turn = (daemon: Daemon, container: Container, value: 0 | 1): Promise<string> =>
  container.output(echo(String(value), daemon.file(CONTAINER)));

/** Writes the host's switch, as a process of the host. */
export const turnHost = (daemon: Daemon, value: 0 | 1): Promise<string> =>
  output(echo(String(value), daemon.file(HOST)));

/** Runs a command as this user, inside if a container is given. */
export function asUser(
  uid: number,
  argv: readonly string[],
  container?: Container,
): Promise<Outcome> {
  const user = String(uid);
  const whole = ['setpriv', '--reuid', user, '--regid', user, '--clear-groups', ...argv];
  return container ? container.exec(whole) : run(whole);
}
