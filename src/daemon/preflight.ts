/**
 * Checks before the mount: privileges, the state directory, the mount point, and mounts that a killed daemon left over
 * the host's own files.
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

/** Creates the state directory. Only root may be able to write to it. */
function createState({ state }: Config): void {
  mkdirSync(state, { recursive: true, mode: 0o755 });
  const { uid, mode } = statSync(state);
  if (uid === process.geteuid?.() && (mode & OTHERS_WRITE) === 0) return;
  const fix = `chown root ${state} && chmod go-w ${state}`;
  throw new UserError(`state directory ${state} is writable by others than root: ${fix}`);
}

/** Creates the mount point if it is the default one, and checks it. */
function checkMountPoint(config: Config): void {
  try {
    if (config.mount === DEFAULT_MOUNT) mkdirSync(config.mount, { recursive: true });
    if (statSync(config.mount).isDirectory()) return;
    throw new UserError(`mount point ${config.mount} is not a directory: choose another one`);
  } catch (error) {
    // The dead mount of a killed daemon: the session replaces it.
    if (errorCode(error) === 'ENOTCONN') return;
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new UserError(`mount point ${config.mount} does not exist: create it`);
  }
}

/**
 * Checks and creates what the daemon needs. Throws UserError.
 * @param inherits true: a connection lives already. Its mount must not be opened: no thread answers yet.
 */
export function preflight(config: Config, inherits: boolean): void {
  if (process.getuid?.() !== 0) throw new UserError('mounting requires root: run with sudo');
  const cover = new HostCover(new ProcessReader(config.roots.proc), config.mount);
  createState(config);
  if (inherits) cover.clear();
  else cover.clearDead();
  if (!inherits) checkMountPoint(config);
}
