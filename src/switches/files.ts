/**
 * The switches as files below `proc/sys/kernel` of the mount, read and written like sysctl files.
 * @module
 */
import type { Container } from '../containers/container.ts';
import type { Resolver } from '../containers/resolve.ts';
import type { ServedFile } from '../tree/nodes.ts';
import { mayWriteContainer, mayWriteHost, type WritePolicy } from './access.ts';
import { lineageOf, settingOf, switchKey } from './lineage.ts';
import type { Switches } from './store.ts';
import type { SysctlFiles } from './sysctl-files.ts';
import { parseSwitch } from './sysctl-text.ts';

export const HOST_SWITCH = 'proc/sys/kernel/stats_isolated';
export const CONTAINER_SWITCH = 'proc/sys/kernel/container_stats_isolated';

/**
 * The mode of a container's switch lets all users write, because root of a user namespace is an ordinary user here: the
 * daemon checks each writer.
 */
export const SWITCH_FILES: readonly ServedFile[] = [
  { path: HOST_SWITCH, mode: 0o644 },
  { path: CONTAINER_SWITCH, mode: 0o666 },
];

/** Directories that listings omit: a script that binds all that is listed in `proc` would cover /proc/sys. */
export const HIDDEN_DIRECTORIES = ['proc/sys'] as const;

const EPERM = 1;
const EINVAL = 22;
const ENOSPC = 28;

/** The container of the calling task; null: the task is the host's, undefined: unknown. */
type CallerContainer = Container | null | undefined;

export class SwitchFiles implements SysctlFiles {
  readonly #switches: Switches;
  readonly #resolver: Resolver;
  readonly #policy: WritePolicy;

  constructor(switches: Switches, resolver: Resolver, policy: WritePolicy) {
    this.#switches = switches;
    this.#resolver = resolver;
    this.#policy = policy;
  }

  /** The text of a file. A task of the host reads 0 as its container's switch. */
  read(path: string, pid: number): string {
    if (path === HOST_SWITCH) return this.#switches.host.on ? '1\n' : '0\n';
    const container = this.#resolver.ofTask(pid);
    return container && settingOf(this.#switches, lineageOf(container)).on ? '1\n' : '0\n';
  }

  write(path: string, pid: number, uid: number, text: string | null): number {
    const container = this.#resolver.ofTask(pid);
    return path === HOST_SWITCH
      ? this.#writeHost(container, uid, text)
      : this.#writeContainer(container, uid, text);
  }

  #writeHost(container: CallerContainer, uid: number, text: string | null): number {
    return writeSwitch(mayWriteHost(uid, container !== null), text, (on) => {
      this.#switches.host = { ...this.#switches.host, on };
      return 0;
    });
  }

  #writeContainer(container: CallerContainer, uid: number, text: string | null): number {
    if (!container) return container === null ? -EINVAL : -EPERM;
    const uidMap = this.#resolver.proc.uidMap(this.#resolver.firstProcess(container));
    return writeSwitch(mayWriteContainer(this.#policy, { uid, uidMap }), text, (on) => {
      const setting = settingOf(this.#switches, lineageOf(container));
      return this.#switches.set(switchKey(container), { ...setting, on }) ? 0 : -ENOSPC;
    });
  }
}

/**
 * Sets a switch to a text.
 * @param denied a negative errno if the caller may not write, else 0
 * @param text null: the file is being opened
 * @returns the length of the text or a negative errno
 */
function writeSwitch(denied: number, text: string | null, set: (on: boolean) => number): number {
  if (denied < 0 || text === null) return denied;
  const parsed = parseSwitch(text);
  return typeof parsed === 'number' ? parsed : set(parsed) || text.length;
}
