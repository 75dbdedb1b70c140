/**
 * A FUSE session as the addon provides it: one mounted connection and the threads that serve it.
 * @module
 */
import type { NativeCallers } from './tasks.ts';

/**
 * One entry of the served tree. Node 1 is the root directory. Ids stay the same over restarts and contain the
 * node's mode (`nodeId` in tree/node-id.ts).
 */
export interface NodeSpec {
  readonly id: number;
  readonly parent: number;
  readonly name: string;
  /** File type and permission bits, as in `st_mode`. */
  readonly mode: number;
  /**
   * Only for directories: they have more entries, which depend on the caller and are not in this list. `Lookup`
   * finds them, `Render` lists them. Their subdirectories are dynamic too.
   */
  readonly dynamic?: boolean;
  /** A lookup finds it, but no listing shows it. */
  readonly hidden?: boolean;
  /** Path of the host's own file. The fallback server serves its bytes while the serving threads hang. */
  readonly host?: string;
}

/** A descriptor of the connection, and its name in a descriptor store. */
export interface KeptDescriptor {
  readonly name: string;
  readonly fd: number;
}

export interface SessionOptions {
  readonly mountpoint: string;
  /** Mount source, as `findmnt` shows it. */
  readonly fsname: string;
  /** Every bind of the mount shows this number as `max_read=`; 0 or absent: none is shown. */
  readonly owner?: number;
  readonly nodes: readonly NodeSpec[];
  /** Most threads that serve; 1 if absent. */
  readonly workers?: number;
  /** File with the state that a successor needs. Without it no process can take over the connection. */
  readonly journal?: string;
  /** Descriptors from a store. The session adopts those that the journal names, and closes all others. */
  readonly inherited?: readonly KeptDescriptor[];
  /** Throws ENOENT instead of mounting a new connection. */
  readonly adopt?: boolean;
  /** Byte string: file that keeps the bodies of open files over a restart; without it they stay in memory alone. */
  readonly bodies?: string;
}

/**
 * A `Render` returns this if it cannot render the caller's body now: the session then sends the last body of
 * this file for the caller's container, or else renders again for the caller 0. It is no errno (these are up to 4095).
 */
export const LAST_BODY = -4096;

/**
 * Writes the body of `node` for the caller `pid` (thread id in our pid namespace, 0 if not visible) into the
 * shared body buffer. Returns its length in bytes, a negative errno, or LAST_BODY. The body of a link is its
 * target. The body of a dynamic directory has for each entry, static ones too: its id in decimal, a space, its
 * name, and NUL.
 */
export type Render = (node: number, pid: number, uid: number, gid: number) => number;

/**
 * Returns the id of an entry of a dynamic directory that is not among its static children, for the caller `pid`,
 * or a negative errno. The name is a byte string.
 */
export type Lookup = (directory: number, name: string, pid: number) => number;

/**
 * Accepts a write at the beginning of a static file that has a write permission. Returns how many bytes it took,
 * or a negative errno. With null the file is being opened: returns 0 if the caller may write. The text is a byte
 * string of at most 4096 bytes.
 */
export type Write = (
  node: number,
  pid: number,
  uid: number,
  gid: number,
  text: string | null,
) => number;

export interface ServeOptions {
  /** Worker 0 reads the connection's own descriptor, each other worker a clone of it. */
  readonly worker: number;
  /** The buffer that `render` writes to. It must not be transferred to another thread. */
  readonly body: Uint8Array;
  readonly render: Render;
  /** Absent: dynamic directories have no more entries. */
  readonly lookup?: Lookup;
  /** Absent: no caller may write. */
  readonly write?: Write;
  /**
   * The cache in which `render` looks callers up. The session takes from it to which container a body belongs:
   * bodies of open files are limited for each container, and each container's last bodies are kept for when a
   * thread hangs. Absent: all bodies count as the host's, and none is kept.
   */
  readonly callers?: NativeCallers;
}

/** A mounted FUSE connection, shared by all threads of the process. Errors carry `code` and `syscall`. */
export interface NativeSession {
  /** Other threads find this session by it: `Session.attach(id)`. */
  readonly id: number;
  /** True if the connection was taken over from another process; nothing was mounted then. */
  readonly adopted: boolean;
  /** Why the bodies of open files of a predecessor were lost; empty if they were not. */
  readonly problem: string;
  /** The connection's descriptors: one for each worker, and one more. Readers wait as long as any process has one open. */
  descriptors(): readonly KeptDescriptor[];
  /**
   * Answers requests in this thread until `stop()`, `pause()` or until the file system is unmounted. While all
   * serving threads hang, a native thread answers with the last bodies of each container, else with the host's bytes.
   */
  serve(options: ServeOptions): 'stopped' | 'unmounted' | 'paused';
  /** Makes `serve` in this thread return after the request in progress. It can be called again at once. */
  pause(): void;
  /** Makes every serving thread return and waits up to 5 s for that. Later calls of `serve` return at once. */
  stop(): void;
  /** After `stop`: lets this many threads serve again. They first answer the requests that are pending. */
  resume(workers: number): void;
  /** False if the fallback server has stopped looking after the serving threads: hung requests stay unanswered. */
  progresses(): boolean;
  /**
   * Mounts the file system again if its mount was removed. The connection has stayed alive, so containers notice
   * nothing. Returns whether that was necessary.
   */
  restore(): boolean;
  /** Detaches the mount (`umount2(MNT_DETACH)`) if it is still ours. Idempotent. */
  unmount(): void;
  /**
   * Writes the totals since the mount: [requests, opens, renders, render failures, bytes read, open handles,
   * requests that a thread did not answer in time, fallback bodies, node of the last late request].
   */
  counters(into: Float64Array): void;
}
