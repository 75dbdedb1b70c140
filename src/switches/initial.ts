/**
 * Sets the switch of a container that was found to the declared value, unless the switch is set already.
 * @module
 */
import type { Container } from '../containers/container.ts';
import type { Metadata } from '../containers/metadata.ts';
import type { Resolver } from '../containers/resolve.ts';
import { mayWriteContainer, type WritePolicy } from './access.ts';
import { declaredSwitch } from './declared.ts';
import { switchKey } from './lineage.ts';
import { DEFAULT_SETTING } from './setting.ts';
import type { Switches } from './store.ts';

/** The configuration of a container, as far as it can declare a switch. */
export type Configured = Pick<Metadata, 'environment' | 'annotations' | 'labels'>;

/**
 * The current environment of the first process counts only if that process may write the switch: else a user could set
 * the switch by starting a program. The environment that was configured from outside always counts.
 */
function environOf(
  resolver: Resolver,
  container: Container,
  { environment }: Configured,
  policy: WritePolicy,
): string {
  const configured = environment.map((each) => `${each}\0`).join('');
  const { proc } = resolver;
  // `container.init` depends on the process from which the container was resolved.
  const first = resolver.firstProcess(container);
  const writer = { uid: proc.uid(first), uidMap: proc.uidMap(first) };
  const own = mayWriteContainer(policy, writer) === 0 ? (proc.environ(first) ?? '') : '';
  return own + configured;
}

/** Returns the declared value if the switch was set to it now, else null. */
export function setInitial(
  switches: Switches,
  resolver: Resolver,
  container: Container,
  configured: Configured,
  policy: WritePolicy,
): boolean | null {
  const key = switchKey(container);
  if (switches.get(key)) return null;
  const environ = environOf(resolver, container, configured, policy);
  const on = declaredSwitch({ ...configured, environ });
  if (on === null || !switches.set(key, { ...DEFAULT_SETTING, on })) return null;
  return on;
}
