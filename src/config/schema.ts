/**
 * The daemon's configuration: all options, their defaults and bounds.
 * @module
 */
import { z } from 'zod/v3';
import { WRITE_POLICIES } from '../switches/access.ts';
import { FEATURES } from '../switches/features.ts';

export const MODES = ['auto', 'fuse', 'kernel'] as const;
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export const LOG_FORMATS = ['pretty', 'json'] as const;

const directory = z.string().startsWith('/', 'must be an absolute path');

/** mount(2) accepts one page of options, separated by commas. */
const fsname = z
  .string()
  .regex(/^[\w.:/-]{1,64}$/, 'must be 1 to 64 letters, digits or any of _ . : / -');

export const configSchema = z
  .object({
    /** Mount point. The default directory is created, any other must exist. */
    mount: directory.default('/var/lib/procview'),
    /** Source of the mount, as findmnt shows it. */
    fsname: fsname.default('procview'),
    /** Directory of the state files, such as the ledger and the switches. */
    state: directory.default('/run/procview'),
    /** Number of threads that answer requests. */
    workers: z.number().int().min(1).max(16).default(1),
    /** `kernel`: the kernel isolates containers; `fuse`: procview does; `auto`: the kernel if it can. */
    mode: z.enum(MODES).default('auto'),
    log: z
      .object({
        level: z.enum(LOG_LEVELS).default('info'),
        format: z.enum(LOG_FORMATS).default('pretty'),
      })
      .strict()
      .default({}),
    policies: z
      .object({
        /** Number of CPUs that a container sees: its quota rounded up, its cpuset, or its shares / 1024. */
        cpus: z.enum(['quota', 'cpuset', 'shares']).default('quota'),
        /** `host`: a container with a limit shows no more free memory than the host has. */
        headroom: z.enum(['limits', 'host']).default('limits'),
        /** Whether containers see swap. */
        swap: z.boolean().default(true),
        /** `btime` in stat is the start of the container or of the host. */
        uptime: z.enum(['container', 'host']).default('container'),
      })
      .strict()
      .default({}),
    /** Whether the daemon attaches the files to each container that it finds. */
    attach: z.boolean().default(true),
    isolation: z
      .object({
        /** Value of kernel.stats_isolated until it is set. */
        enabled: z.boolean().default(true),
        /** Whether `sysctl` on the host has the host's switch. */
        hostSysctl: z.boolean().default(false),
        /** The users that may write kernel.container_stats_isolated in a container. */
        policy: z.enum(WRITE_POLICIES).default('root'),
        /** The files that show containers their own figures. */
        files: z.array(z.enum(FEATURES)).default([...FEATURES]),
      })
      .strict()
      .default({}),
    /** The host's file systems: at other paths in a captured tree, or if the daemon is in a container. */
    roots: z
      .object({
        proc: directory.default('/proc'),
        sys: directory.default('/sys'),
        /** Stands for /: the state files of runtimes are below it. */
        host: directory.default('/'),
        /** Stands for /sys/fs/cgroup; absent: the mount points in mountinfo. */
        cgroup: directory.optional(),
        /** Stands for /proc/sys. */
        sysctl: directory.optional(),
      })
      .strict()
      .default({}),
  })
  .strict();

export type Config = z.infer<typeof configSchema>;

/** The input of a user: all keys are optional. */
export type ConfigInput = z.input<typeof configSchema>;
