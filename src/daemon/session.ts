/**
 * The connection to the kernel: mounted anew, or taken over with its descriptors from a predecessor.
 * @module
 */
import { join } from 'node:path';
import { ownerOf } from '../attach/owner.ts';
import type { Logger } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import { native } from '../native/addon.ts';
import type { KeptDescriptor, NativeSession, NodeSpec } from '../native/session.ts';

export interface Given {
  readonly nodes: readonly NodeSpec[];
  /** What a predecessor has left, or handed over. */
  readonly inherited: readonly KeptDescriptor[];
  /** It was handed over: nothing is mounted anew. */
  readonly adopt: boolean;
}

/** Throws if it cannot be mounted. The log tells what of the predecessor is lost. */
export function connect(config: Config, log: Logger, given: Given): NativeSession {
  const { mount, fsname, workers, state } = config;
  const session = new native.Session({
    ...{ mountpoint: mount, fsname, owner: ownerOf(state), workers, ...given },
    // What a successor must know of the connection, and what it goes on to serve.
    journal: join(state, 'connection'),
    bodies: join(state, 'bodies'),
  });
  const { problem } = session;
  if (problem !== '') log.warn({ problem }, 'bodies of open files are rendered again');
  if (given.inherited.length > 0 && !session.adopted) {
    log.error({ mount }, 'the connection was lost, mounted anew');
  }
  return session;
}
