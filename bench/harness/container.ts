/** A container with all that the views depend on: limited cgroups and its own pid namespace. */
import { type Cgroup, createCgroup, type Limits } from './cgroup.ts';
import { start } from './child.ts';
import type { Cleanup } from './cleanup.ts';

export interface Container {
  readonly cgroup: Cgroup;
  readonly limits: Limits;
  /** The command line that runs a program in the pid namespace; the program must join the cgroups itself. */
  enter(command: string, args: readonly string[]): readonly [string, readonly string[]];
}

// The shell joins the cgroups; its child in the pid namespace prints "ready", and ends at EOF on stdin.
const joinThenHold = [
  'for file; do echo 0 > "$file" || exit 1; done',
  'exec unshare --pid --fork --kill-child sh -c "echo ready; read _"',
].join('\n');

export async function createContainer(
  name: string,
  depth: number,
  limits: Limits,
  cleanup: Cleanup,
): Promise<Container> {
  const cgroup = createCgroup(name, depth, limits, cleanup);
  const init = start('sh', ['-c', joinThenHold, 'sh', ...cgroup.joins]);
  cleanup.add('container', async () => {
    init.closeInput();
    await init.ended();
  });
  if ((await init.line()) !== 'ready')
    throw new Error(`cannot start a container: ${init.errors() || (await init.ended())}`);
  const namespace = `/proc/${init.pid}/ns/pid_for_children`;
  return {
    cgroup,
    limits,
    enter: (command, args) => ['nsenter', [`--pid=${namespace}`, '--', command, ...args]],
  };
}
