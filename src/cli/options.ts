/**
 * Options that several commands share.
 * @module
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ConfigInput } from '../config/schema.ts';
import { LOG_FORMATS, LOG_LEVELS, MODES } from '../config/schema.ts';

/** Parsed flags, as commander names them. */
export interface Flags {
  readonly config?: string;
  readonly mount?: string;
  readonly fsname?: string;
  readonly state?: string;
  readonly workers?: number;
  readonly attach?: boolean;
  readonly logLevel?: (typeof LOG_LEVELS)[number];
  readonly logFormat?: (typeof LOG_FORMATS)[number];
  readonly procRoot?: string;
  readonly sysRoot?: string;
  readonly cgroupRoot?: string;
  readonly sysctlRoot?: string;
  readonly mode?: (typeof MODES)[number];
  readonly hostRoot?: string;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** Options for the host's file systems and the state directory. */
export function withRoots(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file (JSON); flags override it')
    .option('--state <dir>', 'state directory (default: /run/procview)')
    .option('--proc-root <dir>', "the host's procfs (default: /proc)")
    .option('--sys-root <dir>', "the host's sysfs (default: /sys)")
    .option('--cgroup-root <dir>', 'use instead of /sys/fs/cgroup (default: as mounted)')
    .option('--sysctl-root <dir>', 'use instead of /proc/sys (default: sys in the procfs)')
    .option('--host-root <dir>', "the host's root, with the state of the runtimes (default: /)");
}

/** The option that selects procview's switches or the kernel's. */
export function withMode(command: Command): Command {
  const text =
    'isolate by procview (fuse) or by the kernel; auto: by the kernel if it can (default)';
  return command.addOption(new Option('--mode <mode>', text).choices(MODES));
}

export function withLog(command: Command): Command {
  return command
    .addOption(new Option('--log-level <level>', 'lowest level to log').choices(LOG_LEVELS))
    .addOption(new Option('--log-format <format>', 'format of the log').choices(LOG_FORMATS));
}

/** The flags as configuration; flags that were not given are undefined. */
export function fromFlags(flags: Flags): ConfigInput {
  return {
    mount: flags.mount,
    fsname: flags.fsname,
    state: flags.state,
    workers: flags.workers,
    attach: flags.attach,
    mode: flags.mode,
    log: { level: flags.logLevel, format: flags.logFormat },
    roots: {
      proc: flags.procRoot,
      sys: flags.sysRoot,
      cgroup: flags.cgroupRoot,
      sysctl: flags.sysctlRoot,
      host: flags.hostRoot,
    },
  };
}
