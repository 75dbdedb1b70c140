/**
 * docs/system-calls.md, and the differences that test/e2e/procfs-semantics.test.ts allows.
 * @module
 */

interface Difference {
  /** As test/e2e/programs/calls.c names them. */
  readonly calls: readonly string[];
  /** The results of the kernel's own file and of ours. */
  readonly kernel: string;
  readonly ours: string;
  readonly why: string;
}

/** All files of /proc. */
export const differences: readonly Difference[] = [
  {
    calls: ['splice', 'sendfile'],
    kernel: 'the text',
    ours: 'EINVAL',
    why: 'the kernel uses the page cache for them, which all readers share; programs then use read(2)',
  },
  {
    calls: [
      'mmap PRIVATE',
      'mmap PRIVATE to write',
      'mmap SHARED',
      'mmap SHARED to write',
      'mmap PRIVATE, read',
      'mmap PRIVATE to write, read',
    ],
    kernel: 'EIO',
    ours: 'a private mapping succeeds, and reading it raises SIGBUS; a shared one fails with ENODEV',
    why: 'the kernel sends no request; the pages are those of the page cache',
  },
  {
    calls: ['io_uring at the position'],
    kernel: 'moves the position',
    ours: 'leaves it (6.18; not 6.1)',
    why: 'the kernel does not move it for direct I/O; io_uring at an offset is right',
  },
  {
    calls: ['ioctl FIONREAD value'],
    kernel: '0',
    ours: '1048576',
    why: 'it returns the size of the inode, which stat(2) does not show (decision 0009)',
  },
  {
    calls: ['fstat block size'],
    kernel: '1024',
    ours: '65536',
    why: 'programs read that much at once, and each read is a round trip',
  },
  {
    calls: ['statfs type'],
    kernel: 'procfs',
    ours: 'FUSE',
    why: 'the type of the file system',
  },
  {
    calls: ['fcntl SETFL DIRECT', 'name_to_handle_at'],
    kernel: 'refused',
    ours: 'succeeds',
    why: 'the kernel sends no request; O_DIRECT for open(2) fails with EINVAL as there',
  },
  {
    calls: ['getxattr acl'],
    kernel: 'EOPNOTSUPP',
    ours: 'ENODATA',
    why: 'otherwise `ls -l` would request attributes of every file each time',
  },
  {
    calls: ['write of nothing', 'pwrite far away', 'splice into it', 'sendfile into it'],
    kernel: 'EIO, ESPIPE or EINVAL',
    ours: 'nothing or EIO',
    why: 'the kernel sends no request, or the request does not contain the kind',
  },
];

/** Additional ones of /proc/pressure. */
export const pressureDifferences: readonly Difference[] = [
  {
    calls: ['write', 'writev', 'fstat type, mode'],
    kernel: 'all users may write triggers',
    ours: 'EIO for all users',
    why: 'a trigger would wait for the pressure of the host',
  },
  {
    calls: ['poll events', 'select'],
    kernel: 'an error without a trigger',
    ours: 'as for any file',
    why: 'there is no trigger',
  },
];

/** Additional ones of /sys/devices/system, which is read-only in containers. */
export const sysDifferences: readonly Difference[] = [
  {
    calls: ['open WRONLY', 'open RDWR', 'open APPEND', 'open TRUNC', 'open new CREAT'],
    kernel: 'EACCES',
    ours: 'EROFS, ENOENT',
    why: 'as on a read-only mount; a missing name has no permissions',
  },
  {
    calls: ['link', 'rename', 'symlink', 'mkdir', 'mknod'],
    kernel: 'EPERM',
    ours: 'ENOENT',
    why: 'as in /proc',
  },
  {
    calls: ['lseek DATA', 'lseek HOLE'],
    kernel: '0, 4096',
    ours: 'EINVAL',
    why: 'as in /proc; cp(1) then reads',
  },
  {
    calls: ['lseek far', 'lseek farthest', 'read at the farthest', 'lseek over the farthest'],
    kernel: 'EINVAL behind 4096',
    ours: 'succeeds; there is nothing to read',
    why: 'the kernel sends no request',
  },
  {
    calls: ['poll events', 'select'],
    kernel: 'POLLPRI until it is read',
    ours: 'as for any file',
    why: 'the daemon reports no event',
  },
  {
    calls: [
      'getxattr',
      'getxattr security',
      'setxattr',
      'removexattr',
      'listxattr',
      'listxattr size',
    ],
    kernel: 'can have attributes',
    ours: 'EOPNOTSUPP',
    why: 'one container would see the attributes of another',
  },
];

const INTRODUCTION = `# System calls on served files

System calls on served files of /proc have the same result and errno as on the kernel's own files, except for those in the
tables below. test/e2e/programs/calls.c makes some 170 calls on both, from \`lseek\` in all forms to \`getdents\` with 23
bytes, as root, on Linux 6.18 and 6.1.

On a read-only mount, as that of attached files and of \`:ro\` volumes, opening for writing fails with EROFS. Setting another
mode or owner fails with EPERM: /proc would accept it, but here it would apply to all containers.

Generated from docs/differences.ts; \`npm run docs\` writes this page.
`;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (list: readonly Difference[]): string =>
  [
    row(['what', "the kernel's", 'ours', 'why']),
    row(['---', '---', '---', '---']),
    ...list.map(({ calls, kernel, ours, why }) => row([calls.join(', '), kernel, ours, why])),
    '',
  ].join('\n');

export const systemCallsPage = (): string =>
  [
    INTRODUCTION,
    table(differences),
    'Additional differences for files of /proc/pressure:\n',
    table(pressureDifferences),
    'Additional differences for files below /sys/devices/system:\n',
    table(sysDifferences),
  ].join('\n');
