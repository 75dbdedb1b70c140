/**
 * Giving up what the daemon does not need, for the whole process.
 * @module
 */

import { DAEMON } from '../base/capabilities.ts';
import { createLogger } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import { native } from '../native/addon.ts';

/** Call it before the first container is looked at. With more than it needs the daemon serves all the same. */
export function confine({ log }: Config): void {
  try {
    native.narrowCapabilities(DAEMON, true);
  } catch (err) {
    createLogger(log, 'main').warn({ err }, 'not all threads have given up what they do not need');
  }
}
