/**
 * Finds a container by the name that a user gives.
 * @module
 */
import { UserError } from '../base/user-error.ts';
import type { Container } from '../containers/container.ts';
import type { Resolver } from '../containers/resolve.ts';

/** The containers to choose from. */
export interface ContainerList {
  readonly resolver: Resolver;
  /** All running containers. */
  scan(): readonly Container[];
  /** The name that the runtime's commands use; `''` if none is known. */
  nameOf(container: Container): string;
}

/**
 * The container with this id or name, with a process of this pid, or with a unique id that begins so. Null: the pid is
 * a process of the host. Throws UserError.
 */
export function findContainer(list: ContainerList, name: string): Container | null {
  if (/^\d{1,10}$/.test(name)) {
    const text = list.resolver.proc.cgroup(Number(name));
    if (text !== null) return list.resolver.resolve(Number(name), text);
  }
  const all = list.scan();
  const tests: readonly ((container: Container) => boolean)[] = [
    ({ id }) => id === name,
    (container) => list.nameOf(container) === name,
    ({ id }) => id.startsWith(name),
  ];
  const found = tests.map((test) => all.filter(test)).find(({ length }) => length > 0) ?? [];
  if (found.length === 1 && found[0]) return found[0];
  if (found.length > 1) {
    throw new UserError(`${name} matches ${found.length} containers: give more of the id`);
  }
  throw new UserError(`no container or process ${name}: \`procview containers\` lists them`);
}
