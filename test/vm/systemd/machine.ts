/**
 * The machine with systemd: installs procview as on a node, and queries the service manager.
 * @module
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { output, until } from '../../e2e/helpers/command.ts';
import { mountsAt } from '../../e2e/helpers/daemon.ts';

/** Paths of the installed files and of the program that the unit starts. */
const INSTALLED = '/usr/lib/procview';
const PROGRAM = '/usr/bin/procview';

/** The default mount point. */
export const MOUNT = '/var/lib/procview';

const UNIT = 'procview.service';

const project = join(import.meta.dirname, '../../../..');

/** Runs systemctl. Returns its output. */
export const systemctl = (...args: string[]): Promise<string> =>
  output(['systemctl', ...args], { seconds: 60 });

/** A property of the service. */
export async function property(name: string): Promise<string> {
  return (await systemctl('show', '--value', '-p', name, UNIT)).trim();
}

export const mainPid = async (): Promise<number> => Number(await property('MainPID'));

/** Copies the program to a directory of its version, links it, and installs the unit. */
export async function install(version: string): Promise<void> {
  const directory = join(INSTALLED, version);
  fs.mkdirSync(directory, { recursive: true });
  for (const part of ['dist', 'native']) {
    fs.cpSync(join(project, part), join(directory, part), { recursive: true });
  }
  const manifest = JSON.parse(fs.readFileSync(join(project, 'package.json'), 'utf8')) as object;
  fs.writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...manifest, version }));
  const modules = join(directory, 'node_modules');
  if (!fs.existsSync(modules)) fs.symlinkSync('/opt/node_modules', modules);
  fs.rmSync(PROGRAM, { force: true });
  fs.symlinkSync(join(directory, 'dist/src/main.js'), PROGRAM);
  fs.copyFileSync(join(project, 'systemd', UNIT), join('/etc/systemd/system', UNIT));
  await systemctl('daemon-reload');
}

/** Number of mounts of the file system on the host. */
export const mounts = (): number => mountsAt(MOUNT).length;

/** Waits until the service is active in a new process. Returns its pid. */
export async function restarted(before: number): Promise<number> {
  let pid = 0;
  await until(
    'the service is active again',
    async () => {
      pid = await mainPid();
      return pid > 0 && pid !== before && (await property('ActiveState')) === 'active';
    },
    30,
  );
  return pid;
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The last lines of the service's log, for failed tests. */
export const log = (): Promise<string> =>
  output(['journalctl', '-u', UNIT, '-n', '40', '--no-pager', '-o', 'cat'], { seconds: 30 });
