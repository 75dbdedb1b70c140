/**
 * The native addon, typed: all functions that call the kernel on the path of a read.
 * Kernel paths are byte strings: JavaScript strings of code points 0-255 (latin1), never UTF-8,
 * because a cgroup's name may hold any byte but `/` and newline.
 * @module
 */
import { createRequire } from 'node:module';
import type { MountCover, MountPlace, MountRemoval } from './mounts.ts';
import type { NativeSession, SessionOptions } from './session.ts';
import type { NativeKeys, NativeSources, SourceSpec } from './sources.ts';
import type {
  NativeCallers,
  NativeChangeDetector,
  NativeThreadCounter,
  NativeUnknownProcesses,
} from './tasks.ts';
import type { NativeMountWatch, NativeWatch } from './watch.ts';

/** The response of a running daemon to a request for its connection. */
export interface HandedOver {
  /** The connection to the daemon: send `serving` and close it. Closed before that, the daemon continues to serve. */
  readonly socket: number;
  /** HTTP; status 101 and a line of JSON on success. */
  readonly answer: string;
  readonly descriptors: readonly number[];
}

export interface Native {
  /**
   * Leaves this thread, or all of the process, no capabilities but these, by number, and sets no_new_privs.
   * This cannot be undone. Throws if a thread cannot be reached.
   */
  narrowCapabilities(keep: readonly number[], all: boolean): void;
  readonly Session: {
    new (options: SessionOptions): NativeSession;
    attach(id: number): NativeSession;
  };
  readonly Keys: { new (keys: readonly string[]): NativeKeys };
  readonly Sources: { new (specs: readonly SourceSpec[], slots: Float64Array): NativeSources };
  readonly ThreadCounter: { new (procRoot: string): NativeThreadCounter };
  readonly UnknownProcesses: { new (): NativeUnknownProcesses };
  readonly ChangeDetector: { new (): NativeChangeDetector };
  readonly Callers: { new (procRoot: string, capacity: number, trust?: number): NativeCallers };
  /** @param ready called once when there are events to take. Throws EMFILE, ENFILE, ENOMEM. */
  readonly Watch: { new (ready: () => void): NativeWatch };
  /** @param changed called after each change of the mounts of this process, often once for several */
  readonly MountWatch: { new (changed: () => void): NativeMountWatch };
  /**
   * Reads a whole file (to EOF, however small the pieces), if asked under the personality PER_LINUX32. Returns
   * its length, or a negative errno (-EFBIG: over the buffer).
   */
  readFile(path: string, into: Uint8Array, linux32?: boolean): number;
  /** Whole file as a byte string of at most 1 MiB, or a negative errno. */
  readText(path: string): string | number;
  /** Inode number of a file or directory; 0 if there is none. */
  inodeOf(path: string): number;
  /** Target of a symbolic link as a byte string, or a negative errno. */
  readLink(path: string): string | number;
  /** `readFile` of a path beneath a root: no link is followed (-ELOOP), `..` is refused (-EXDEV). */
  readFileBeneath(root: string, path: string, into: Uint8Array): number;
  /** `readLink` of a path beneath a root; links above it are not followed. */
  readLinkBeneath(root: string, path: string): string | number;
  /** Type and permission bits of a path beneath a root, links not followed, or a negative errno. */
  modeBeneath(root: string, path: string): number;
  /**
   * Names in a directory, without `.` and `..`; directories only if asked. Or a negative errno: links
   * below root are not followed (-ELOOP), `..` is refused (-EXDEV).
   * @param inodes filled with the inode number of each
   */
  readDirectory(
    root: string,
    path: string,
    directoriesOnly: boolean,
    inodes?: number[],
  ): string[] | number;
  /**
   * Pid, in our pid namespace, of the init of the pid namespace `/proc/<pid>/ns/pid`, or a negative
   * errno: -ENOTTY before 6.11, -ESRCH if it is gone or not visible from ours.
   */
  pidNamespaceInit(nsPath: string): number;
  /**
   * Maps `bytes` of a file, created if needed (mode 0600). `exclusive` takes a lock that lasts as
   * long as the process (throws EWOULDBLOCK if another process has it), `shared` takes none. Both refuse anything but a
   * regular file (ENOTSUP), a file that others own, may write or have a link to (EPERM), and another size (ERANGE). `private` maps a copy that never reaches the file, which must exist (throws ENOENT); behind its
   * end are zeros. A link as the last component is refused (ELOOP).
   */
  mapFile(path: string, bytes: number, mode: 'exclusive' | 'shared' | 'private'): ArrayBuffer;
  /**
   * Text of `/proc/sys/net/<name>` in the network namespace `path` (`/proc/<pid>/ns/net`; `` is a new one,
   * which shows the isolated parameters and their defaults), or a negative errno.
   */
  readNetParameter(path: string, name: string): string | number;
  /** Writes it. Returns 0 or a negative errno. */
  writeNetParameter(path: string, name: string, text: string): number;
  /**
   * Changes mounts in a container, removals first, in a thread of its own. Returns for each removal, then
   * for each cover, 0 or a negative errno: -EBUSY if another mount is there by now, -EXDEV if the target
   * is not within a procfs or sysfs mounted at its first part, -EAGAIN if a root served by a process would
   * have to be called. Throws, having changed nothing, if the place cannot be entered: ESRCH if it is gone.
   */
  changeMounts(
    place: MountPlace,
    removals: readonly MountRemoval[],
    covers: readonly MountCover[],
  ): Int32Array;
  /**
   * The mounts of a mountinfo text, a byte string: for each the numbers id and parent, and the strings device, type,
   * options, propagation, options of the file system, root, and mount point, the last two without escapes.
   */
  parseMountinfo(text: string): (number | string)[];
  /** Releases the lock of an `exclusive` mapFile; the mapping stays. */
  unlockFile(path: string): void;
  /**
   * Sends a datagram (sd_notify(3)) to a unix socket: a path, or `@` and an abstract name. Returns 0 or a
   * negative errno.
   */
  notify(socket: string, text: string, descriptors: readonly number[]): number;
  /** Sends text and descriptors on a connected unix socket. Returns 0 or a negative errno. */
  handOver(socket: number, text: string, descriptors: readonly number[]): number;
  /** Requests the connection of a daemon over its control socket, and waits for it (at most `timeout` ms). */
  takeOver(path: string, request: string, timeout: number): HandedOver;
  /** Replaces this process by another program: execv(3). Returns only by throwing. */
  become(path: string, args: readonly string[]): void;
  /** Keeps a descriptor from programs that this process becomes or starts. */
  closeOnExec(descriptor: number): void;
  /**
   * Unmaps the pages of this program's file and returns freed memory to the system: memory that only the start needed.
   * Returns 0 or a negative errno.
   */
  releaseStart(): number;
  /** CLOCK_BOOTTIME in microseconds. */
  bootTime(): number;
  /** Length of a tick of the kernel's clock (1/CONFIG_HZ) in microseconds. */
  clockTick(): number;
}

const load = createRequire(import.meta.url);

/** The addon of this build; loading it twice, in several threads, is fine. */
export const native = load('../../../native/build/Release/procview.node') as Native;
