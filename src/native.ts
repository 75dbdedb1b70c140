/**
 * The native addon, typed: everything that faces the kernel and is called on the path of a read.
 * Kernel paths are byte strings: JavaScript strings of code points 0-255 (latin1), never UTF-8,
 * because a cgroup's name may hold any byte but `/` and newline.
 * @module
 */
import { createRequire } from 'node:module';

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

/**
 * How the bytes of a source become numbers. A token that is not wholly a number (decimals included) is
 * NaN; `max` and 2^62 or more (the "no limit" of v1) are Infinity; below 0 is 0, but -1 of a scalar or
 * list is Infinity (`cpu.cfs_quota_us`).
 */
export const SourceKind = {
  /** One number and nothing else, or `max`: one slot. */
  scalar: 0,
  /** Blank-separated numbers or `max`, on any number of lines: slot i = number i. */
  list: 1,
  /**
   * Lines `key number` or `key: number kB`: one slot for each of `keys`, matched exactly. What follows
   * the number is ignored, of a double key the first counts.
   */
  keyed: 2,
  /** Lines `row n1 n2 ..`, the row a number: slot row * columns + i. Lines without a leading number are skipped. */
  table: 3,
  /** Any text up to 1 MiB: its slot counts the changes of the content (1 at first); `text(i)` returns it. */
  text: 4,
} as const;

/**
 * A list of keys, compiled once and shared by all sources of this thread that use it. Each comes once
 * and holds no blank; the `:` of the file is not part of it.
 */
export interface NativeKeys {
  readonly length: number;
}

export interface SourceSpec {
  /** Directory that the path must stay beneath; links are not followed below it. */
  readonly root: string;
  readonly path: string;
  readonly kind: number;
  /** First slot. A file that is absent or unreadable fills its slots with NaN. */
  readonly slot: number;
  /** Number of slots (scalar and text: 1; list: at most this many; table: rows * columns; else keys.length). */
  readonly count: number;
  readonly keys?: NativeKeys;
  /** Numbers per row of a table. */
  readonly columns?: number;
  /** Integer divisor applied before the number becomes a double (1000: ns to us). Default 1. */
  readonly divide?: number;
  /** A cgroup file that comes in several reads, as a list of pids does: most come whole in one. */
  readonly pieces?: boolean;
  /** One bit: the group this source belongs to. */
  readonly group: number;
}

/**
 * Files of one container (or of the host), opened at the first sample of their group and kept open. A
 * file that is gone (its cgroup was removed) is opened anew by the next sample, and while that fails
 * again after a second at the earliest. The array must not be transferred to another thread.
 */
export interface NativeSources {
  /**
   * Fills the slots of all sources whose group is in the mask. Returns CLOCK_BOOTTIME in microseconds,
   * taken before the first read.
   */
  sample(groups: number): number;
  /** The text last read by source i of the constructor's list, or '' if it was absent. */
  text(index: number): string;
  /** Closes all files. Sampling afterwards fills NaN. */
  close(): void;
}

/**
 * Threads whose `/proc/<tid>/cgroup` is kept open: a pread tells both "still alive" and "still in there". What
 * it told is taken for true for as many microseconds as the constructor was given.
 */
export interface NativeCallers {
  /** The tag given to this thread, or -1: unknown, not tagged, dead and reused, moved to another cgroup. */
  lookup(pid: number): number;
  /** Opens and reads `/proc/<pid>/cgroup`; null if there is no such thread. The least recently used is dropped. */
  open(pid: number): string | null;
  /** Tags the thread last opened under this pid, if it is still known. Tags are 0 to 2^31 - 1. */
  tag(pid: number, tag: number): void;
  /** Forgets every thread that carries this tag. */
  forget(tag: number): void;
}

/** What `NativeWatch.take` tells. */
export const WatchEvent = {
  /** More happened than the kernel's queue holds: anything may have changed. Its number is 0. */
  lost: 0,
  /** Of a directory: one was made, removed or renamed in it. */
  children: 1,
  /** Of a cgroup: a process was written into it, or (v2) its first came or its last left. */
  members: 2,
  /** Of a process, with its pid: it has ended, and is watched no more. */
  ended: 3,
} as const;

/** Watches cgroup directories and processes, and wakes the event loop of the thread that made it. */
export interface NativeWatch {
  /**
   * Watches a cgroup's directory, or its cgroup.events (v2), which is silent unless it is watched itself.
   * Returns a number above 0, the same for the same inode, or a negative errno (-ENOSPC:
   * fs.inotify.max_user_watches). The kernel does not forget a removed cgroup before `remove`.
   */
  add(path: string): number;
  remove(number: number): void;
  /**
   * Returns 0, also if it is watched already, or a negative errno (-ESRCH: it has ended, though it may
   * still have a pid because nobody has waited for it).
   */
  addProcess(pid: number): number;
  removeProcess(pid: number): void;
  /** Pairs of event and number, each once however often it happened. Then `ready` may be called again. */
  take(): Int32Array;
  /** Never calls `ready` again. Idempotent. */
  close(): void;
}

/** Wakes the event loop of the thread that made it when something is mounted or unmounted. */
export interface NativeMountWatch {
  /** Never calls `changed` again. Idempotent. */
  close(): void;
}

/** What the threads of a container are doing. */
export interface TaskCounts {
  readonly running: number;
  /** Uninterruptible: tasks frozen by the v1 freezer (a paused container) too, as in top, though not in the kernel's load. */
  readonly blocked: number;
  readonly total: number;
  /** The highest tid. */
  readonly highest: number;
}

/** Counts the same threads again and again: of those that have not run since the last time it asks only that. */
export interface NativeThreadCounter {
  /**
   * Counts the threads in the `list` (a `tasks` or `cgroup.threads` file) of a cgroup beneath a root and of those
   * below it, upper ones first and `most` at most, by the state in `<procRoot>/<tid>/stat`. Lists and threads that are
   * gone are skipped. Keeps a file open for each thread, of all counters 8,192 at most, and an eighth of RLIMIT_NOFILE.
   * @param spent the cgroup's file with its CPU time: `cpuacct.usage` or `cpu.stat`
   */
  count(root: string, path: string, list: string, spent: string, most: number): TaskCounts;
  /**
   * The same without the list, if the CPU time that the cgroup used is that of threads that were seen to run before;
   * null if it is not, the cgroup is gone or has no thread: count.
   */
  recount(): TaskCounts | null;
  /** Closes these files; the next count opens them again. */
  forget(): void;
}

/**
 * One small file of each of many cgroups, of which only one thing is asked, again and again: has it changed? That of a
 * cgroup must change whenever that of one below does: where several have one above in common, it may answer for all.
 */
export interface NativeStillFiles {
  /** Opens the file `name` of a cgroup beneath a root, as sources are. Its number, or a negative errno. */
  add(root: string, cgroup: string, name: string): number;
  /** Closes one; its number may be given to another. */
  remove(number: number): void;
  /** Those whose first 32 bytes are not what they were at the last call, and those that cannot be read any more. */
  changed(): readonly number[];
}

/** Which processes are in none of the cgroups that are known. */
export interface NativeStrangers {
  /**
   * Takes note of the processes in `<directory>/cgroup.procs`, if the directory has this inode number.
   * @returns how many there are
   */
  know(directory: string, inode: number): number;
  /** Pids in procfs that nobody took note of, ascending, or a negative errno; forgets what was noted. */
  list(procRoot: string): readonly number[] | number;
}

/** Flags of a mount, as in include/uapi/linux/mount.h. */
export const MountFlag = {
  ...{ readOnly: 0x01, noSuid: 0x02, noDev: 0x04, noExec: 0x08 },
  noDirAtime: 0x80,
} as const;

/** Whose mounts are changed. */
export interface MountPlace {
  /** Directory of one of its processes in the host's procfs. */
  readonly process: string;
  /** When that process started, in ticks: field 22 of its stat. */
  readonly started: number;
  /** Directory in its mount namespace that is to become its root; `` is the root of that process. */
  readonly root: string;
}

/** A mount to take away, with all that is mounted on it. */
export interface MountRemoval {
  /** Below the root. */
  readonly target: string;
  /** Id of the mount. */
  readonly mount: number;
}

/** A clone to put over something. */
export interface MountCover {
  /** What is cloned: a path in our own mount namespace. */
  readonly source: string;
  /** What is covered, below the root. */
  readonly target: string;
  /** Id of the mount that the target must be on. */
  readonly on: number;
  /** Flags of the clone, besides its own. */
  readonly flags: number;
  /** Flags of its own that it must not have. */
  readonly clear: number;
  /** A directory of the source where a clone of what is covered is put; ``: none. */
  readonly kept: string;
  /** Flags of that clone, besides its own. */
  readonly keptFlags: number;
}

/** What a running daemon has handed over. */
export interface HandedOver {
  /** The conversation: say `serving` on it and close it. Closed before that, the other one goes on. */
  readonly socket: number;
  /** HTTP; 101 and a line of JSON if it went well. */
  readonly answer: string;
  readonly descriptors: readonly number[];
}

export interface Native {
  /**
   * Leaves this thread, or all of the process, no capabilities but these, by number, and sets no_new_privs.
   * There is no way back. Throws if a thread cannot be reached.
   */
  narrowCapabilities(keep: readonly number[], all: boolean): void;
  readonly Session: {
    new (options: SessionOptions): NativeSession;
    attach(id: number): NativeSession;
  };
  readonly Keys: { new (keys: readonly string[]): NativeKeys };
  readonly Sources: { new (specs: readonly SourceSpec[], slots: Float64Array): NativeSources };
  readonly ThreadCounter: { new (procRoot: string): NativeThreadCounter };
  readonly Strangers: { new (): NativeStrangers };
  readonly StillFiles: { new (): NativeStillFiles };
  readonly Callers: { new (procRoot: string, capacity: number, trust?: number): NativeCallers };
  /** @param ready called once when there is something to take. Throws EMFILE, ENFILE, ENOMEM. */
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
   * long as the process (throws EWOULDBLOCK if another holds it), `shared` maps what is there without
   * one; both refuse what is no regular file (ENOTSUP), what others own, may write or have a link to (EPERM),
   * and another size (ERANGE). `private` maps a copy that never reaches the file, which must exist (throws ENOENT); behind its
   * end are zeros. A link as the last component is refused (ELOOP).
   */
  mapFile(path: string, bytes: number, mode: 'exclusive' | 'shared' | 'private'): ArrayBuffer;
  /**
   * Text of `/proc/sys/net/<name>` in the network namespace `path` (`/proc/<pid>/ns/net`; `` is a new one,
   * which tells what is isolated, and the defaults), or a negative errno.
   */
  readNetParameter(path: string, name: string): string | number;
  /** Writes it. Returns 0 or a negative errno. */
  writeNetParameter(path: string, name: string, text: string): number;
  /**
   * Changes mounts in a container, removals first, in a thread of its own. Returns for each removal, then
   * for each cover, 0 or a negative errno: -EBUSY if another mount is there by now, -EXDEV if the target
   * is not within a procfs or sysfs mounted at its first part, -EAGAIN if a root served by a process would
   * have to be asked. Throws, having changed nothing, if the place cannot be entered: ESRCH if it is gone.
   */
  changeMounts(
    place: MountPlace,
    removals: readonly MountRemoval[],
    covers: readonly MountCover[],
  ): Int32Array;
  /** Gives up the lock of an `exclusive` mapFile; the mapping stays. */
  unlockFile(path: string): void;
  /**
   * Sends a datagram (sd_notify(3)) to a unix socket: a path, or `@` and an abstract name. Returns 0 or a
   * negative errno.
   */
  notify(socket: string, text: string, descriptors: readonly number[]): number;
  /** Sends text and descriptors on a connected unix socket. Returns 0 or a negative errno. */
  handOver(socket: number, text: string, descriptors: readonly number[]): number;
  /** Asks a daemon by its control socket for its connection, and waits for that (in milliseconds). */
  takeOver(path: string, request: string, timeout: number): HandedOver;
  /** Becomes another program: execv(3). Returns only by throwing. */
  become(path: string, args: readonly string[]): void;
  /** Keeps a descriptor from programs that this process becomes or starts. */
  closeOnExec(descriptor: number): void;
  /**
   * Unmaps the pages of this program's file and gives back what was freed: what only the start has needed does not
   * come back. Returns 0 or a negative errno.
   */
  releaseStart(): number;
  /** CLOCK_BOOTTIME in microseconds. */
  bootTime(): number;
  /** Length of a tick of the kernel's clock (1/CONFIG_HZ) in microseconds. */
  clockTick(): number;
}

const load = createRequire(import.meta.url);

/** The addon of this build; loading it twice, in several threads, is fine. */
export const native = load('../../native/build/Release/procview.node') as Native;
