/**
 * The routes of the daemon's control socket.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import { attachRoute } from '../api/attach.ts';
import { type ChangeRequest, type ChangeResult, changeRoute } from '../api/changes.ts';
import type { Route } from '../api/control.ts';
import { selectContainers } from '../attach/change.ts';
import type { ContainerLifecycle } from './lifecycle.ts';

export interface RouteOptions {
  /** The host's procfs. */
  readonly procRoot: string;
  /** The containers of the present generation. */
  containers(): ContainerLifecycle;
  /** Resolves when the daemon serves. Throws UserError if that takes too long. */
  whenServing(): Promise<void>;
  /** Reloads the configuration. Throws UserError with the reason of a rejection. */
  reload(): Promise<void>;
}

/**
 * Changes one container per turn of the event loop, so that the daemon answers hooks meanwhile. An attach looks the
 * files up in our own mount: with no thread to answer, the main thread would wait for itself.
 */
async function* change(
  { containers, whenServing }: RouteOptions,
  request: ChangeRequest,
): AsyncGenerator<ChangeResult> {
  const { action } = request;
  for (const container of selectContainers(containers(), request)) {
    if (action === 'attach') await whenServing();
    yield containers().change(action, container);
    await setImmediate();
  }
}

/** The routes, by method and path. */
export function controlRoutes(options: RouteOptions): ReadonlyMap<string, Route> {
  const { procRoot, containers, whenServing, reload } = options;
  const attach = attachRoute(procRoot, async (target) => {
    await whenServing();
    return containers().attachAt(target);
  });
  return new Map<string, Route>([
    ['POST /attach', attach],
    ['POST /changes', changeRoute({ change: (request) => change(options, request) })],
    ['POST /reload', () => reload().then(() => ({}))],
  ]);
}
