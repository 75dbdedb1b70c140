/**
 * A FUSE session, as the addon has it.
 * @module
 */
import type { NativeCallers } from './tasks.ts';

/**
 * One entry of the served tree. Node 1 is the root directory; ids are stable over restarts, and tell
 * their mode (`nodeId` in fuse/node-id.ts).
 */
export interface NodeSpec {
  readonly id: number;
  readonly parent: number;
  readonly name: string;
  /** File type and permission bits, as in `st_mode`. */
  readonly mode: number;
  /**
   * Of a directory: it has further entries, which depend on who looks. They are in no list: `Lookup`
   * finds them, `Render` lists them. Directories among them are dynamic as well.
   */
  readonly dynamic?: boolean;
  /** Found by its name, but not listed. */
  readonly hidden?: boolean;
  /** The host's own file, whose bytes are served while the serving threads hang. */
  readonly host?: string;
}

/** A descriptor of the connection, and what it is called in a store. */
export interface KeptDescriptor {
  readonly name: string;
  readonly fd: number;
}

export interface SessionOptions {
  readonly mountpoint: string;
  /** Mount source, as shown by `findmnt`. */
  readonly fsname: string;
  /** Shown with every bind of the mount, as `max_read=`; 0 or absent: nothing is. */
  readonly owner?: number;
  readonly nodes: readonly NodeSpec[];
  /** How many threads serve at most; 1 if absent. */
  readonly workers?: number;
  /** File with what a successor must know; absent: there can be none. */
  readonly journal?: string;
  /** What a store has kept: taken over if it is what the journal tells of, closed in any case otherwise. */
  readonly inherited?: readonly KeptDescriptor[];
  /** Throws ENOENT rather than mount anew. */
  readonly adopt?: boolean;
  /** File in which the bodies of open files outlive the process, a byte string; in memory alone without. */
  readonly bodies?: string;
}

/**
 * Writes the body of `node` for the caller `pid` (thread id in our pid namespace, 0 if not visible)
 * into the shared body buffer. Returns its length in bytes, or a negative errno. The body of a link is
 * its target; that of a dynamic directory has for each entry, static ones too, its id in decimal, a
 * blank, its name, and NUL. `-EAGAIN`: a container's body cannot be told now; it gets the last one, else
 * what is rendered for the caller 0.
 */
export type Render = (node: number, pid: number, uid: number, gid: number) => number;

/**
 * The id of an entry of a dynamic directory that is not among its static children, for the caller
 * `pid`, or a negative errno. The name is a byte string.
 */
export type Lookup = (directory: number, name: string, pid: number) => number;

/**
 * Takes what the caller writes at the beginning of a file of the static tree that has a permission to
 * write; returns how many bytes it took, or a negative errno. With null, at the file's opening: 0 if the
 * caller may write. The text is a byte string of at most 4096 bytes.
 */
export type Write = (
  node: number,
  pid: number,
  uid: number,
  gid: number,
  text: string | null,
) => number;

/** A mounted FUSE connection, shared by all threads of the process. Errors carry `code` and `syscall`. */
export interface NativeSession {
  /** Names this session to other threads: `Session.attach(id)`. */
  readonly id: number;
  /** True if it was taken over from another process; nothing was mounted then. */
  readonly adopted: boolean;
  /** What was wrong with the bodies of open files that a predecessor has left; empty if nothing was. */
  readonly problem: string;
  /** The connection's descriptors, one for each worker and one more. As long as one is open somewhere, readers wait. */
  descriptors(): readonly KeptDescriptor[];
  /**
   * Answers requests in this thread until `stop()`, `pause()` or until the file system is unmounted.
   * Worker 0 reads the connection's own descriptor, the others a clone of it. While all of them hang, a
   * native thread answers: with `callers`, which must be those that readers are looked up in, from the
   * last bodies of each container, else with the host's bytes.
   * @param owner `render` leaves in it whose figures the body shows, a whole number, 0 for the host: bodies of
   * open files are bounded for each. Must not be transferred to another thread.
   */
  serve(
    worker: number,
    body: Uint8Array,
    render: Render,
    lookup?: Lookup,
    write?: Write,
    callers?: NativeCallers,
    owner?: Float64Array,
  ): 'stopped' | 'unmounted' | 'paused';
  /** Makes `serve` in this thread return once the request in work is answered; it can be called again at once. */
  pause(): void;
  /** Makes every serving thread return, and waits for it (at most 5 s); `serve` returns at once from then on. */
  stop(): void;
  /** After `stop`: lets so many threads serve again, first what others have left unanswered meanwhile. */
  resume(workers: number): void;
  /** False if a request waits for seconds, and neither its thread nor the stand-in answers it. */
  progresses(): boolean;
  /**
   * Mounts the file system again if its mount was taken away; the connection has lived on, and containers
   * that have parts of it notice nothing. True if that was done, false if there was nothing to do.
   */
  restore(): boolean;
  /** Detaches the mount (`umount2(MNT_DETACH)`) if it is still ours. Idempotent. */
  unmount(): void;
  /**
   * [requests, opens, renders, render failures, bytes read, open handles, requests that a thread was late
   * for, bodies given instead of new ones, the file of the last late request] since the mount.
   */
  counters(into: Float64Array): void;
}
