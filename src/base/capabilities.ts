/**
 * What of root's power the daemon keeps: capabilities(7), by number. Everything else is given up before the
 * first container is looked at.
 * @module
 */

const DAC_READ_SEARCH = 2;
const NET_ADMIN = 12;
const IPC_LOCK = 14;
const SYS_CHROOT = 18;
const SYS_PTRACE = 19;
const SYS_ADMIN = 21;

/**
 * The serving threads: `/proc/<pid>` of other users (SYS_PTRACE), directories that are theirs alone, and
 * buffers that must be in memory when a request comes, which Linux before 5.16 allows only 64 KiB of.
 */
export const SERVING: readonly number[] = [DAC_READ_SEARCH, IPC_LOCK, SYS_PTRACE];

/**
 * The whole process. To mount is SYS_ADMIN, to enter a mount namespace SYS_CHROOT as well, and to raise
 * net.core.somaxconn in the network namespace of a container with users of its own NET_ADMIN.
 */
export const DAEMON: readonly number[] = [...SERVING, NET_ADMIN, SYS_CHROOT, SYS_ADMIN];
