/**
 * The connection to the kernel: mounted, or adopted with the descriptors of a predecessor.
 * @module
 */
import { join } from 'node:path';
import { ownerOf } from '../attach/owner.ts';
import type { Logger } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import { native } from '../native/addon.ts';
import type { KeptDescriptor, NativeSession, NodeSpec } from '../native/session.ts';

export interface ConnectOptions {
  readonly nodes: readonly NodeSpec[];
  /** Descriptors of the predecessor, by way of the service manager or of a takeover. */
  readonly inherited: readonly KeptDescriptor[];
  /** True: fail if the inherited connection is lost. False: then mount a new one. */
  readonly adopt: boolean;
}

/** Opens the session. Throws if it cannot be mounted. Logs what of the predecessor is lost. */
export function connect(config: Config, log: Logger, options: ConnectOptions): NativeSession {
  const { mount, fsname, workers, state } = config;
  const session = new native.Session({
    mountpoint: mount,
    fsname,
    owner: ownerOf(state),
    workers,
    ...options,
    // The next daemon reads them: the parameters of the connection, and the bodies of open files.
    journal: join(state, 'connection'),
    bodies: join(state, 'bodies'),
  });
  const { problem } = session;
  if (problem !== '') log.warn({ problem }, 'bodies of open files lost, rendering them again');
  if (options.inherited.length > 0 && !session.adopted) {
    log.error({ mount }, 'inherited connection lost, mounted a new one');
  }
  return session;
}
