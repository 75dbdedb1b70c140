/**
 * `procview sysctl`: shows and sets the switches of the host, as sysctl(8) does.
 * @module
 */
import type { Command } from 'commander';
import { UserError } from '../base/user-error.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { ALL_FEATURES, featureNames } from '../switches/features.ts';
import { kernelSwitch } from '../switches/kernel.ts';
import { openSwitches } from '../switches/open.ts';
import type { Setting } from '../switches/setting.ts';
import { parseSwitch } from '../switches/sysctl-text.ts';
import { parseFiles } from './files.ts';
import { type Flags, fromFlags, withMode, withRoots } from './options.ts';

/** One parameter. */
interface Sysctl {
  get(): string;
  /** Returns a function that sets the value. Throws UserError for an invalid value. */
  setter(value: string): () => void;
}

type Sysctls = ReadonlyMap<string, Sysctl>;

function onOff(value: string): boolean {
  const parsed = parseSwitch(value);
  if (typeof parsed !== 'number') return parsed;
  throw new UserError(`kernel.stats_isolated is 0 or 1, not ${value || 'nothing'}`);
}

/** The parameter of a kernel that isolates containers itself. */
function ofKernel(kernel: NonNullable<ReturnType<typeof kernelSwitch>>): Sysctls {
  const isolated: Sysctl = {
    get: () => (kernel.on ? '1' : '0'),
    setter: (value) => {
      const on = onOff(value);
      return () => {
        kernel.on = on;
      };
    },
  };
  return new Map([['kernel.stats_isolated', isolated]]);
}

function ofProcview(config: Config): Sysctls {
  const switches = openSwitches(config);
  const change = (setting: Partial<Setting>) => () => {
    switches.host = { ...switches.host, ...setting };
  };
  const isolated: Sysctl = {
    get: () => (switches.host.on ? '1' : '0'),
    setter: (value) => change({ on: onOff(value) }),
  };
  const files: Sysctl = {
    get: () => featureNames(switches.host.files).join(','),
    setter: (value) => change({ files: value === 'all' ? ALL_FEATURES : parseFiles(value) }),
  };
  return new Map([
    ['kernel.stats_isolated', isolated],
    ['kernel.stats_isolated_files', files],
  ]);
}

function find(sysctls: Sysctls, name: string): Sysctl {
  const found = sysctls.get(name.replaceAll('/', '.'));
  if (found) return found;
  const hint =
    name === 'kernel.container_stats_isolated'
      ? 'each container has its own, use `procview isolate`'
      : `there is ${[...sysctls.keys()].join(' and ')}`;
  throw new UserError(`no ${name} here: ${hint}`);
}

/** Parses `name` or `name=value`. Returns a function that sets the value, if there is one, and returns the line to print. */
function step(sysctls: Sysctls, word: string, write: boolean): () => string {
  const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const sysctl = find(sysctls, name.trim());
  if (value === undefined && write) throw new UserError(`-w takes name=value, not ${word}`);
  const set = value === undefined ? undefined : sysctl.setter(value.trim());
  return () => {
    set?.();
    return `${name.trim()} = ${sysctl.get()}\n`;
  };
}

export function sysctl(program: Command): void {
  const command = program
    .command('sysctl')
    .description('Show or set kernel.stats_isolated and kernel.stats_isolated_files')
    .argument('[name[=value]...]', 'parameters to show or set (default: show all)')
    .option('-w, --write', 'set: all arguments are name=value');
  withMode(withRoots(command)).action(
    (words: string[], flags: Flags & { readonly write?: boolean }) => {
      const config = loadConfig(flags.config, fromFlags(flags));
      if (process.getuid?.() !== 0) throw new UserError('the switches require root: run with sudo');
      const kernel = kernelSwitch(config);
      const sysctls = kernel ? ofKernel(kernel) : ofProcview(config);
      const requested = words.length > 0 ? words : [...sysctls.keys()];
      // All are parsed before the first is set: a mistake in one sets none.
      const steps = requested.map((word) => step(sysctls, word, flags.write ?? false));
      for (const each of steps) process.stdout.write(each());
    },
  );
}
