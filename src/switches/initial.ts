/**
 * Sets the switch of a container that was found to what it declares, if nobody has set it.
 * @module
 */
import type { Container } from '../containers/container.ts';
import type { ProcessReader } from '../containers/process.ts';
import type { Facts } from '../discovery/facts.ts';
import { mayWriteContainer, type WritePolicy } from './access.ts';
import { declaredSwitch } from './declared.ts';
import { switchKey } from './lineage.ts';
import { type Switches, UNTOUCHED } from './store.ts';

/**
 * The environment of the first process counts if that process might write the switch: whoever may not
 * shall not get it by starting a program. What was configured from outside always counts.
 */
function environOf(
  proc: ProcessReader,
  { init }: Container,
  { environment }: Facts,
  policy: WritePolicy,
): string {
  const configured = environment.map((each) => `${each}\0`).join('');
  const writer = { uid: proc.uid(init), uidMap: proc.uidMap(init) };
  const own = mayWriteContainer(policy, writer) === 0 ? (proc.environ(init) ?? '') : '';
  return own + configured;
}

/** Returns what the container declares, if its switch was set to that now; else null. */
export function setInitial(
  switches: Switches,
  proc: ProcessReader,
  found: { readonly container: Container; readonly facts: Facts },
  policy: WritePolicy,
): boolean | null {
  const key = switchKey(found.container);
  if (switches.get(key)) return null;
  const { annotations, labels } = found.facts;
  const environ = environOf(proc, found.container, found.facts, policy);
  const on = declaredSwitch({ environ, annotations, labels });
  if (on === null || !switches.set(key, { ...UNTOUCHED, on })) return null;
  return on;
}
