/**
 * Gives up the capabilities that the daemon does not need, in all threads.
 * @module
 */

import { DAEMON } from '../base/capabilities.ts';
import { createLogger } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import { native } from '../native/addon.ts';

/** Call it before the daemon reads anything of a container. A failure is logged, and the daemon serves all the same. */
export function dropPrivileges({ log }: Config): void {
  try {
    native.narrowCapabilities(DAEMON, true);
  } catch (err) {
    createLogger(log, 'main').warn({ err }, 'cannot drop the capabilities of all threads');
  }
}
