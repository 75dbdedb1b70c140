/**
 * A container's root directory: empty except for bind mounts, with the programs of the host.
 * @module
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { type ContainerOptions, DIRECTORIES, FILES } from '../helpers/container-kind.ts';
import { toolsDirectory } from '../helpers/programs.ts';

/** A file or directory of the host that is bound into the container, read-only. */
export interface Bind {
  readonly source: string;
  readonly destination: string;
}

/** Those of {@link FILES} that runc accepts as mount points below /proc. */
export const RUNC_FILES = FILES.filter((file) =>
  /^(cpuinfo|diskstats|meminfo|stat|swaps|uptime|loadavg|slabinfo)$/.test(file),
);

const same = (path: string): Bind => ({ source: path, destination: path });

/** The programs of the host and of the tests, the daemon's mount, and its files over /proc and /sys. */
export function binds({ bind }: ContainerOptions, files = FILES): Bind[] {
  // Programs of Debian may be links into it.
  const alternatives = ['/etc/alternatives'].filter((path) => fs.existsSync(path));
  const programs = ['/usr', ...alternatives, toolsDirectory].map(same);
  if (!bind) return programs;
  const served = [...files.map((file) => `proc/${file}`), ...DIRECTORIES].map((path) => ({
    source: join(bind, path),
    destination: `/${path}`,
  }));
  return [...programs, same(bind), ...served];
}

/** Creates the root directory, with a mount point for every bound directory. */
export function makeRoot(root: string, options: ContainerOptions): void {
  for (const name of ['proc', 'sys', 'dev', 'usr', 'etc', 'tmp', 'run']) {
    fs.mkdirSync(join(root, name), { recursive: true });
  }
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    fs.symlinkSync(`usr/${name}`, join(root, name));
  }
  for (const { destination } of binds(options, [])) {
    if (!/^\/(proc|sys)\//.test(destination)) {
      fs.mkdirSync(join(root, destination), { recursive: true });
    }
  }
}
