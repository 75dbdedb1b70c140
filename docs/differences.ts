/**
 * docs/system-calls.md, and what test/e2e/procfs-semantics.test.ts allows to differ.
 * @module
 */

interface Difference {
  /** As test/e2e/programs/calls.c names them. */
  readonly calls: readonly string[];
  /** What the kernel's own file does, and what ours does. */
  readonly kernel: string;
  readonly ours: string;
  readonly why: string;
}

/** Of all files of /proc. */
export const differences: readonly Difference[] = [
  {
    calls: ['splice', 'sendfile'],
    kernel: 'the text',
    ours: 'EINVAL',
    why: 'the kernel takes them through the page cache, which all readers share; programs then use read(2)',
  },
  {
    calls: [
      ...['mmap PRIVATE', 'mmap PRIVATE to write', 'mmap SHARED', 'mmap SHARED to write'],
      ...['mmap PRIVATE, read', 'mmap PRIVATE to write, read'],
    ],
    kernel: 'EIO',
    ours: 'a private one can be made, and reading it is SIGBUS; a shared one is ENODEV',
    why: 'the kernel does not ask us; its pages are those of the page cache',
  },
  {
    calls: ['io_uring at the position'],
    kernel: 'moves the position',
    ours: 'leaves it (6.18; not 6.1)',
    why: 'the kernel forgets to, for direct I/O; io_uring at an offset is right',
  },
  {
    calls: ['ioctl FIONREAD value'],
    kernel: '0',
    ours: '1048576',
    why: 'it tells the size of the inode, which stat(2) does not show (decision 0009)',
  },
  {
    calls: ['fstat block size'],
    kernel: '1024',
    ours: '65536',
    why: 'programs read as much at once, and each read is a round trip',
  },
  {
    calls: ['statfs type'],
    kernel: 'procfs',
    ours: 'FUSE',
    why: 'that is what it is',
  },
  {
    calls: ['fcntl SETFL DIRECT', 'name_to_handle_at'],
    kernel: 'refused',
    ours: 'done',
    why: 'the kernel does not ask us; O_DIRECT for open(2) is EINVAL as there',
  },
  {
    calls: ['getxattr acl'],
    kernel: 'EOPNOTSUPP',
    ours: 'ENODATA',
    why: 'else `ls -l` would ask for attributes of every file each time',
  },
  {
    calls: ['write of nothing', 'pwrite far away', 'splice into it', 'sendfile into it'],
    kernel: 'EIO, ESPIPE or EINVAL',
    ours: 'nothing or EIO',
    why: 'the kernel does not ask us, or does not say which it is',
  },
];

/** Of /proc/pressure besides. */
export const pressureDifferences: readonly Difference[] = [
  {
    calls: ['write', 'writev', 'fstat type, mode'],
    kernel: 'all may write triggers',
    ours: 'EIO; nobody may',
    why: 'a trigger would wait for the pressure of the host',
  },
  {
    calls: ['poll events', 'select'],
    kernel: 'an error without a trigger',
    ours: 'like any file',
    why: 'there is no trigger',
  },
];

/** Of /sys/devices/system besides, which containers have read-only. */
export const sysDifferences: readonly Difference[] = [
  {
    calls: ['open WRONLY', 'open RDWR', 'open APPEND', 'open TRUNC', 'open new CREAT'],
    kernel: 'EACCES',
    ours: 'EROFS, ENOENT',
    why: 'as where it is mounted read-only; a name that is not there has no permissions',
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
    ours: 'done; there is nothing to read',
    why: 'the kernel does not ask us',
  },
  {
    calls: ['poll events', 'select'],
    kernel: 'POLLPRI until it is read',
    ours: 'like any file',
    why: 'no event is told',
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
    why: 'one container would see what another has set',
  },
];

const INTRODUCTION = `# System calls on served files

Served files of /proc do what the kernel's own do, result and errno, whatever is done with them: test/e2e/programs/calls.c
does some 170 things with both, from \`lseek\` in all forms to \`getdents\` with 23 bytes. What follows is all that differs,
as seen on Linux 6.18 and 6.1, as root. Where a mount is read-only, as that of attached files and of \`:ro\` volumes, opening to
write is EROFS. A mode or owner that differs is refused (EPERM): /proc would take it, but for all containers.

Generated from docs/differences.ts: \`npm run docs\` writes it anew.
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
    'Files of /proc/pressure, besides:\n',
    table(pressureDifferences),
    'Files below /sys/devices/system, besides:\n',
    table(sysDifferences),
  ].join('\n');
