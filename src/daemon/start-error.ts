/**
 * Turns an error at the start into one line that says what to do.
 * @module
 */
import { UserError } from '../base/user-error.ts';
import type { Config } from '../config/schema.ts';

interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
}

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'code' in error && 'syscall' in error;

/** Advice by system call and error code. */
function advice({ code, syscall }: SystemError, config: Config): string | null {
  const what = `${syscall} ${code}`;
  if (what === 'open ENOENT') return '/dev/fuse is missing: run `modprobe fuse`';
  if (what === 'open ENODEV') return 'this kernel has no FUSE: run `modprobe fuse`';
  if (what === 'open EPERM' || what === 'open EACCES') {
    return 'cannot open /dev/fuse: run as root, and allow the device /dev/fuse';
  }
  if (what === 'mount EBUSY') {
    return `mount point ${config.mount} is in use: stop the other procview or name another one`;
  }
  if (what === 'mount EPERM') return 'cannot mount: the daemon needs CAP_SYS_ADMIN';
  if (syscall === 'flock') {
    return `another procview uses ${config.state}: stop it or name another --state`;
  }
  return null;
}

/** Turns any error that stopped the start into a UserError. */
export function startError(error: unknown, config: Config): UserError {
  if (error instanceof UserError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const hint = isSystemError(error) ? advice(error, config) : null;
  return new UserError(hint ?? message, { cause: error });
}
