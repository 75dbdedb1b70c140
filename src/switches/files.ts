/**
 * The switches as files below `proc/sys/kernel` of the mount, read and written as sysctl files are.
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

/** All may ask to write a container's switch: root in a user namespace is nobody to the kernel here. */
export const SWITCH_FILES: readonly ServedFile[] = [
  { path: HOST_SWITCH, mode: 0o644 },
  { path: CONTAINER_SWITCH, mode: 0o666 },
];

/** Not listed: who binds all that is listed below `proc` would cover a container's /proc/sys. */
export const HIDDEN = ['proc/sys'] as const;

const EPERM = 1;
const EINVAL = 22;
const ENOSPC = 28;

/** The container of who asks; null: a process of the host, undefined: that cannot be told. */
type Asking = Container | null | undefined;

export class SwitchFiles implements SysctlFiles {
  readonly #switches: Switches;
  readonly #resolver: Resolver;
  readonly #policy: WritePolicy;

  constructor(switches: Switches, resolver: Resolver, policy: WritePolicy) {
    this.#switches = switches;
    this.#resolver = resolver;
    this.#policy = policy;
  }

  /** A file's text. A process of the host reads that it is not isolated. */
  read(path: string, pid: number): string {
    if (path === HOST_SWITCH) return this.#switches.host.on ? '1\n' : '0\n';
    const container = this.#resolver.ofTask(pid);
    return container && settingOf(this.#switches, lineageOf(container)).on ? '1\n' : '0\n';
  }

  write(path: string, pid: number, uid: number, text: string | null): number {
    const asking = this.#resolver.ofTask(pid);
    return path === HOST_SWITCH
      ? this.#writeHost(asking, uid, text)
      : this.#writeContainer(asking, uid, text);
  }

  #writeHost(asking: Asking, uid: number, text: string | null): number {
    return take(mayWriteHost(uid, asking !== null), text, (on) => {
      this.#switches.host = { ...this.#switches.host, on };
      return 0;
    });
  }

  #writeContainer(asking: Asking, uid: number, text: string | null): number {
    if (!asking) return asking === null ? -EINVAL : -EPERM;
    const uidMap = this.#resolver.proc.uidMap(this.#resolver.firstProcess(asking));
    return take(mayWriteContainer(this.#policy, { uid, uidMap }), text, (on) => {
      const setting = settingOf(this.#switches, lineageOf(asking));
      return this.#switches.set(switchKey(asking), { ...setting, on }) ? 0 : -ENOSPC;
    });
  }
}

/** Takes a text, all of it, from who may write it: its length or a negative errno. */
function take(refused: number, text: string | null, set: (on: boolean) => number): number {
  if (refused < 0 || text === null) return refused;
  const parsed = parseSwitch(text);
  return typeof parsed === 'number' ? parsed : set(parsed) || text.length;
}
