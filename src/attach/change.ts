/**
 * `procview attach` and `procview detach`: selects the containers, and changes them one by one. The daemon does this for
 * the command line; the command does it itself where no daemon runs.
 * @module
 */
import type { ChangeRequest, ChangeResult } from '../api/changes.ts';
import { UserError } from '../base/user-error.ts';
import type { Container } from '../containers/container.ts';
import { type ContainerList, findContainer } from '../discovery/find-container.ts';
import { Refused } from './apply.ts';
import type { Attacher } from './attacher.ts';

/** The containers of a request. Throws UserError if there is no such container. */
export function selectContainers(
  list: ContainerList,
  { container: name }: ChangeRequest,
): readonly Container[] {
  if (name === undefined) return list.scan();
  const container = findContainer(list, name);
  if (container) return [container];
  throw new UserError(`pid ${name} is a process of the host: it has the host's /proc`);
}

/** Attaches or detaches one container. A container whose mounts cannot be changed is a result, not an error. */
export function changeContainer(
  attacher: Attacher,
  action: ChangeRequest['action'],
  container: Container,
): ChangeResult {
  const { id } = container;
  try {
    return { id, outcomes: attacher[action](id, container) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { id, outcomes: [], refused: error.message };
  }
}
