/**
 * Sets the switch of a container that was found to what it declares, if nobody has set it.
 * @module
 */
import type { Container } from '../containers/container.ts';
import type { Metadata } from '../containers/metadata.ts';
import type { Resolver } from '../containers/resolve.ts';
import { mayWriteContainer, type WritePolicy } from './access.ts';
import { declaredSwitch } from './declared.ts';
import { switchKey } from './lineage.ts';
import { UNTOUCHED } from './setting.ts';
import type { Switches } from './store.ts';

/** What is known of a container's configuration. */
export type Configured = Pick<Metadata, 'environment' | 'annotations' | 'labels'>;

/**
 * The environment of the first process counts if that process might write the switch: whoever may not
 * shall not get it by starting a program. What was configured from outside always counts.
 */
function environOf(
  resolver: Resolver,
  container: Container,
  { environment }: Configured,
  policy: WritePolicy,
): string {
  const configured = environment.map((each) => `${each}\0`).join('');
  const { proc } = resolver;
  // Not `container.init`, which depends on who was looked at first.
  const first = resolver.firstProcess(container);
  const writer = { uid: proc.uid(first), uidMap: proc.uidMap(first) };
  const own = mayWriteContainer(policy, writer) === 0 ? (proc.environ(first) ?? '') : '';
  return own + configured;
}

/** Returns what the container declares, if its switch was set to that now; else null. */
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
  if (on === null || !switches.set(key, { ...UNTOUCHED, on })) return null;
  return on;
}
