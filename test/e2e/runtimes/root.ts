/**
 * A container's root directory: empty, but for what is bound into it. Its programs are the host's.
 * @module
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { type ContainerOptions, DIRECTORIES, FILES } from '../helpers/container-kind.ts';
import { toolsDirectory } from '../helpers/programs.ts';

/** A file or directory of the host that the container has, read-only. */
export interface Bind {
  readonly source: string;
  readonly destination: string;
}

/** Of {@link FILES}, what runc binds over a container's /proc: it refuses the others. */
export const RUNC_FILES = FILES.filter((file) =>
  /^(cpuinfo|diskstats|meminfo|stat|swaps|uptime|loadavg|slabinfo)$/.test(file),
);

const same = (path: string): Bind => ({ source: path, destination: path });

/** Programs of the host and of the tests; then the daemon's mount, and what it serves over /proc and /sys. */
export function binds({ bind }: ContainerOptions, files = FILES): Bind[] {
  // Debian's links from a program's name to the package that provides it.
  const alternatives = ['/etc/alternatives'].filter((path) => fs.existsSync(path));
  const programs = ['/usr', ...alternatives, toolsDirectory].map(same);
  if (!bind) return programs;
  const served = [...files.map((file) => `proc/${file}`), ...DIRECTORIES].map((path) => ({
    source: join(bind, path),
    destination: `/${path}`,
  }));
  return [...programs, same(bind), ...served];
}

/** Makes the root directory, with a place for every directory that is bound. */
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
