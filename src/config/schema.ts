/**
 * The daemon's configuration: every option, its default, its bounds.
 * @module
 */
import { z } from 'zod/v3';
import { WRITE_POLICIES } from '../switches/access.ts';
import { FEATURES } from '../switches/features.ts';

export const MODES = ['auto', 'fuse', 'kernel'] as const;
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export const LOG_FORMATS = ['pretty', 'json'] as const;

const directory = z.string().startsWith('/', 'must be an absolute path');

/** mount(2) takes a page of options; commas would start a new one. */
const fsname = z
  .string()
  .regex(/^[\w.:/-]{1,64}$/, 'must be 1 to 64 letters, digits or any of _ . : / -');

export const configSchema = z
  .object({
    /** Where the file system is mounted; the default is created, any other must exist. */
    mount: directory.default('/var/lib/procview'),
    /** Mount source, as findmnt shows it. */
    fsname: fsname.default('procview'),
    /** Directory of the ledger and of the switches. */
    state: directory.default('/run/procview'),
    /** Threads that answer readers. */
    workers: z.number().int().min(1).max(16).default(1),
    /** Who shows containers their own figures: the kernel, procview, or the kernel if it can. */
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
        /** How many CPUs a container sees: its quota rounded up, its cpuset, or its shares / 1024. */
        cpus: z.enum(['quota', 'cpuset', 'shares']).default('quota'),
        /** `host`: a limited container has no more free memory than the host. */
        headroom: z.enum(['limits', 'host']).default('limits'),
        /** False: containers see no swap. */
        swap: z.boolean().default(true),
        /** Whose start `btime` in stat tells. */
        uptime: z.enum(['container', 'host']).default('container'),
      })
      .strict()
      .default({}),
    /** Whether the served files are put over those of every container as it is found. */
    attach: z.boolean().default(true),
    isolation: z
      .object({
        /** kernel.stats_isolated, until it is set. */
        enabled: z.boolean().default(true),
        /** Whether the host's own `sysctl` has the host's switch. */
        hostSysctl: z.boolean().default(false),
        /** Who may write kernel.container_stats_isolated in a container. */
        policy: z.enum(WRITE_POLICIES).default('root'),
        /** The files that show containers their own figures. */
        files: z.array(z.enum(FEATURES)).default([...FEATURES]),
      })
      .strict()
      .default({}),
    /** Where the host's file systems are: elsewhere in a captured tree or in a daemon's own container. */
    roots: z
      .object({
        proc: directory.default('/proc'),
        sys: directory.default('/sys'),
        /** Stands for /, where runtimes keep the state of their containers. */
        host: directory.default('/'),
        /** Stands for /sys/fs/cgroup; absent: the mount points that mountinfo names. */
        cgroup: directory.optional(),
        /** Stands for /proc/sys. */
        sysctl: directory.optional(),
      })
      .strict()
      .default({}),
  })
  .strict();

export type Config = z.infer<typeof configSchema>;

/** What a user may give: all optional. */
export type ConfigInput = z.input<typeof configSchema>;
