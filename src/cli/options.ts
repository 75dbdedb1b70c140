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

/** Where the host's file systems and our state are. */
export function withRoots(command: Command): Command {
  return command
    .option('--config <file>', 'configuration (JSON); flags override it')
    .option('--state <dir>', 'directory of the ledger and the switches (default: /run/procview)')
    .option('--proc-root <dir>', "the host's procfs (default: /proc)")
    .option('--sys-root <dir>', "the host's sysfs (default: /sys)")
    .option('--cgroup-root <dir>', 'stands for /sys/fs/cgroup (default: as mounted)')
    .option('--sysctl-root <dir>', 'stands for /proc/sys (default: that of the procfs)')
    .option('--host-root <dir>', 'stands for /, where runtimes keep their state (default: /)');
}

/** Who isolates: it decides whose switches a command is about. */
export function withMode(command: Command): Command {
  const text = 'who isolates: procview (fuse), the kernel, or the kernel if it can (default: auto)';
  return command.addOption(new Option('--mode <mode>', text).choices(MODES));
}

export function withLog(command: Command): Command {
  return command
    .addOption(new Option('--log-level <level>', 'least level to log').choices(LOG_LEVELS))
    .addOption(new Option('--log-format <format>', 'how to log').choices(LOG_FORMATS));
}

/** The configuration that the flags ask for; flags that were not given are undefined. */
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
