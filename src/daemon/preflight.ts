/**
 * What must be right before anything is mounted: the state directory, the mount point, and what another
 * daemon has left over the host's own files.
 * @module
 */
import { mkdirSync, statSync } from 'node:fs';
import { HostCover } from '../attach/host-cover.ts';
import { UserError } from '../base/user-error.ts';
import { type Config, configSchema } from '../config/schema.ts';
import { ProcessReader } from '../containers/process.ts';

/** Group and all others. */
const OTHERS_WRITE = 0o022;

const DEFAULT_MOUNT = configSchema.parse({}).mount;

const errorCode = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** Makes the state directory, which must be nobody else's. */
function prepareState({ state }: Config): void {
  mkdirSync(state, { recursive: true, mode: 0o755 });
  const { uid, mode } = statSync(state);
  if (uid === process.geteuid?.() && (mode & OTHERS_WRITE) === 0) return;
  const mend = `chown root ${state} && chmod go-w ${state}`;
  throw new UserError(`state directory ${state} is not root's alone: ${mend}`);
}

/** Makes the mount point if it is the default one, and looks at it. */
function prepareMountPoint(config: Config): void {
  try {
    if (config.mount === DEFAULT_MOUNT) mkdirSync(config.mount, { recursive: true });
    if (statSync(config.mount).isDirectory()) return;
    throw new UserError(`mount point ${config.mount} is not a directory: name another one`);
  } catch (error) {
    // A killed daemon leaves its mount behind, dead; the session replaces it.
    if (errorCode(error) === 'ENOTCONN') return;
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new UserError(`mount point ${config.mount} does not exist: create it`);
  }
}

/**
 * Throws UserError.
 * @param inherits a live connection: nobody answers at its mount until we serve, so it must not be looked at
 */
export function prepare(config: Config, inherits: boolean): void {
  if (process.getuid?.() !== 0) throw new UserError('mounting takes root: run with sudo');
  const cover = new HostCover(new ProcessReader(config.roots.proc), config.mount);
  prepareState(config);
  if (inherits) cover.clear();
  else cover.clearDead();
  if (!inherits) prepareMountPoint(config);
}
