/**
 * Checks whether procview can serve on this machine.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { native } from '../native/addon.ts';
import { findCgroups } from '../serving/renderer.ts';
import type { Finding } from './finding.ts';

/** open_tree(2), move_mount(2), FUSE 7.31. */
const OLDEST_KERNEL = [5, 4] as const;

/** Milliseconds until a daemon that has not answered counts as hanging. */
const ANSWER_TIMEOUT_MS = 2000;

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

function kernel(release: string, distribution: string): Finding {
  const subject = 'kernel';
  const [major = 0, minor = 0] = release.split('.').map(Number.parseFloat);
  const [oldestMajor, oldestMinor] = OLDEST_KERNEL;
  const old = major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
  const text = `Linux ${release}, ${distribution}`;
  if (!old) return { subject, state: 'ok', text };
  return { subject, state: 'problem', text: `${text}: too old; procview needs Linux 5.4 or newer` };
}

function user(): Finding {
  const root = process.getuid?.() === 0;
  if (root) return { subject: 'user', state: 'ok', text: 'root' };
  return {
    subject: 'user',
    state: 'problem',
    text: 'not root, and mounting requires root: run with sudo',
  };
}

function fuse(): Finding {
  const device = statSync('/dev/fuse', { throwIfNoEntry: false });
  if (device?.isCharacterDevice()) return { subject: 'fuse', state: 'ok', text: '/dev/fuse' };
  return {
    subject: 'fuse',
    state: 'problem',
    text: 'there is no /dev/fuse: run modprobe fuse; in a container, add the device to it',
  };
}

function cgroups(roots: Config['roots']): Finding {
  try {
    const layout = [...findCgroups(roots)];
    const v1 = layout
      .filter(([controller, { version }]) => version === 1 && /^(?!rw$)[a-z_]+$/.test(controller))
      .map(([controller]) => controller);
    const v2 = layout.filter(([, { version }]) => version === 2);
    const found = [
      ...(v1.length > 0 ? [`v1 for ${v1.join(' ')}`] : []),
      ...v2.map(([, { mountpoint }]) => `v2 at ${mountpoint}`),
    ];
    return { subject: 'cgroups', state: 'ok', text: found.join('; ') };
  } catch (error) {
    return { subject: 'cgroups', state: 'problem', text: messageOf(error) };
  }
}

/** Type of the topmost mount at a directory; null if it is not a mount point. */
function mountedType(mountinfo: string, directory: string): string | null {
  const lines = mountinfo.split('\n').filter((line) => line.split(' ')[4] === directory);
  return lines.at(-1)?.split(' - ')[1]?.split(' ')[0] ?? null;
}

/** Whether a daemon answers. A child process asks, because a process that waits for a hanging daemon must be killed. */
function answer(directory: string): 'answers' | 'gone' | 'silent' {
  const options = { timeout: ANSWER_TIMEOUT_MS, killSignal: 'SIGKILL', stdio: 'ignore' } as const;
  const { status } = spawnSync('stat', ['-f', directory], options);
  if (status === null) return 'silent';
  return status === 0 ? 'answers' : 'gone';
}

function mount({ mount: directory, roots }: Config): Finding {
  const subject = 'mount';
  const text = native.readText(join(roots.proc, 'self/mountinfo'));
  const type = mountedType(typeof text === 'string' ? text : '', directory);
  if (type === null) return { subject, state: 'note', text: `nothing is mounted at ${directory}` };
  if (type !== 'fuse.procview') {
    return {
      subject,
      state: 'problem',
      text: `${directory} is taken by ${type}: run umount ${directory}, or set another --mount`,
    };
  }
  const answered = answer(directory);
  if (answered === 'answers') return { subject, state: 'ok', text: `served at ${directory}` };
  const what =
    answered === 'gone'
      ? 'is gone: start it again'
      : 'does not answer: see its log, then restart it';
  return { subject, state: 'problem', text: `the daemon of ${directory} ${what}` };
}

function kernelSwitch({ roots }: Config): Finding {
  const subject = 'kernel.stats_isolated';
  if (!existsSync(join(roots.proc, 'sys/kernel/stats_isolated'))) {
    return { subject, state: 'ok', text: 'not in this kernel: procview isolates containers' };
  }
  return { subject, state: 'note', text: 'this kernel isolates containers itself' };
}

/**
 * All findings about the machine.
 * @param release of the kernel, as in `uname -r`
 */
export const machineFindings = (
  config: Config,
  release: string,
  distribution: string,
): Finding[] => [
  kernel(release, distribution),
  user(),
  fuse(),
  cgroups(config.roots),
  mount(config),
  kernelSwitch(config),
];
