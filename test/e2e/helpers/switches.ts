/**
 * Sets and reads the isolation switches, from a container and from the host.
 * @module
 */
import fs from 'node:fs';
import { type Outcome, output, run } from './command.ts';
import type { Container, InsideReader } from './container.ts';
import type { Daemon } from './daemon.ts';
import { kilobytes } from './proc-text.ts';

/** MemTotal of the host, kB. */
export const HOST_TOTAL = kilobytes(fs.readFileSync('/proc/meminfo', 'latin1'), 'MemTotal');

export const HOST = 'sys/kernel/stats_isolated';
export const CONTAINER = 'sys/kernel/container_stats_isolated';

/** MemTotal that a container reads from the daemon's mount, kB. */
export async function total(daemon: Daemon, inside: InsideReader): Promise<number> {
  return kilobytes(await inside.read(daemon.file('meminfo')), 'MemTotal');
}

/** `echo text >file`, by the program: the builtin of some shells does not print the errno. */
export const echo = (text: string, file: string): string[] => [
  'sh',
  '-c',
  'exec env echo "$0" >"$1"',
  text,
  file,
];

/** Writes a container's own switch from inside. */
export const setSwitch = (daemon: Daemon, container: Container, value: 0 | 1): Promise<string> =>
  container.output(echo(String(value), daemon.file(CONTAINER)));

/** Writes the host's switch, as a process of the host. */
export const setHostSwitch = (daemon: Daemon, value: 0 | 1): Promise<string> =>
  output(echo(String(value), daemon.file(HOST)));

/** Runs a command as this user, in `container` if given, else on the host. */
export function asUser(
  uid: number,
  argv: readonly string[],
  container?: Container,
): Promise<Outcome> {
  const user = String(uid);
  const whole = ['setpriv', '--reuid', user, '--regid', user, '--clear-groups', ...argv];
  return container ? container.exec(whole) : run(whole);
}
