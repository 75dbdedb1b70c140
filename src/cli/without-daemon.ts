/**
 * Attaches and detaches in this process, where no daemon runs.
 * @module
 */
import type { ChangeRequest, ChangeResult } from '../api/changes.ts';
import { Attacher } from '../attach/attacher.ts';
import { changeContainer, selectContainers } from '../attach/change.ts';
import { ownerOf } from '../attach/owner.ts';
import { targetsOf } from '../attach/targets.ts';
import { createLogger } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import { containerList } from './targets.ts';
import { withRenderer } from './with-renderer.ts';

/** Does what the daemon does for the same request. Throws UserError. */
export function changeWithoutDaemon(
  config: Config,
  request: ChangeRequest,
  onResult: (result: ChangeResult) => void,
): void {
  const { mount, state, log } = config;
  withRenderer(config, (renderer) => {
    const { proc } = renderer.resolver;
    const source = { proc, mount, owner: ownerOf(state), targets: targetsOf(renderer) };
    // The results are printed: the log would repeat them.
    const attacher = new Attacher(source, createLogger({ ...log, level: 'fatal' }, 'main'));
    for (const container of selectContainers(containerList(renderer), request)) {
      onResult(changeContainer(attacher, request.action, container));
    }
  });
}
