/**
 * Parameters that containers share with the host, as files below `proc/sys` of the mount.
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container } from '../containers/container.ts';
import type { Resolver } from '../containers/resolve.ts';
import { mayWriteContainer } from '../switches/access.ts';
import { switchKey } from '../switches/lineage.ts';
import type { Switches } from '../switches/store.ts';
import type { SysctlFiles } from '../switches/sysctl-files.ts';
import { parseInteger } from '../switches/sysctl-text.ts';
import type { ServedFile } from '../tree/nodes.ts';
import { GLOBAL_PARAMETERS, isAllowed, raise, valueBeforeRaise } from './global.ts';

const EPERM = 1;
const EIO = 5;
const EINVAL = 22;
const ENOSPC = 28;

const hostFile = (procRoot: string, path: string): string =>
  join(procRoot, path.slice('proc/'.length));

/** The parameters that this kernel has. Their mode lets all users write: see SWITCH_FILES. */
export const parameterFiles = (procRoot: string): ServedFile[] =>
  GLOBAL_PARAMETERS.filter(({ path }) => existsSync(hostFile(procRoot, path))).map(({ path }) => ({
    path,
    mode: 0o666,
  }));

export class ParameterFiles implements SysctlFiles {
  readonly #switches: Switches;
  readonly #resolver: Resolver;

  constructor(switches: Switches, resolver: Resolver) {
    this.#switches = switches;
    this.#resolver = resolver;
  }

  /** The value that the container requested, else the value of the host before other containers raised it. */
  read(path: string, pid: number): string {
    const container = this.#resolver.ofTask(pid);
    const [index, host] = [indexOf(path), this.#hostValue(path)];
    if (!container) return `${host}\n`;
    const requested = this.#switches.parameter(switchKey(container), index);
    return `${requested ?? valueBeforeRaise(host, this.#switches.lastRaise(index))}\n`;
  }

  /** Stores the value that root of a container requests, and raises the host's value if that is lower. */
  write(path: string, pid: number, uid: number, text: string | null): number {
    const container = this.#resolver.ofTask(pid);
    if (!container) return -EPERM;
    const uidMap = this.#resolver.proc.uidMap(this.#resolver.firstProcess(container));
    const denied = mayWriteContainer('root', { uid, uidMap });
    if (denied < 0 || text === null) return denied;
    return this.#request(path, container, parseInteger(text)) || text.length;
  }

  #request(path: string, container: Container, value: number): number {
    const index = indexOf(path);
    const parameter = GLOBAL_PARAMETERS[index];
    const host = this.#hostValue(path);
    if (!parameter || !isAllowed(parameter, value, host)) return -EINVAL;
    const raised = raise(value, host, this.#switches.lastRaise(index));
    try {
      if (raised) writeFileSync(this.#hostFile(path), `${raised.to}\n`);
    } catch {
      // The container must not see a value that the kernel has refused.
      return -EIO;
    }
    if (raised) this.#switches.setLastRaise(index, raised);
    return this.#switches.setParameter(switchKey(container), index, value) ? 0 : -ENOSPC;
  }

  #hostFile(path: string): string {
    return hostFile(this.#resolver.proc.root, path);
  }

  #hostValue(path: string): number {
    return Number(readFileSync(this.#hostFile(path), 'latin1'));
  }
}

const indexOf = (path: string): number =>
  GLOBAL_PARAMETERS.findIndex((parameter) => parameter.path === path);
