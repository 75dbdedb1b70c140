/**
 * The routes of the daemon's control socket.
 * @module
 */
import { attachRoute } from '../api/attach.ts';
import { Refusal, type Route } from '../api/control.ts';
import type { ContainerLifecycle } from './lifecycle.ts';

/** HTTP status of a valid request that the daemon cannot carry out. */
const CONFLICT = 409;

export interface RouteOptions {
  /** The host's procfs. */
  readonly procRoot: string;
  /** The containers of the generation that serves now. */
  containers(): ContainerLifecycle;
  /** Reloads the configuration. Throws with the reason of a rejection. */
  reload(): Promise<void>;
}

/** The routes, by method and path. */
export function controlRoutes(options: RouteOptions): ReadonlyMap<string, Route> {
  const { procRoot, containers, reload } = options;
  const reloadRoute: Route = async () => {
    await reload().catch((error: Error) => {
      throw new Refusal(error.message, CONFLICT);
    });
    return {};
  };
  return new Map([
    ['POST /attach', attachRoute(procRoot, (target) => containers().attachAt(target))],
    ['POST /reload', reloadRoute],
  ]);
}
