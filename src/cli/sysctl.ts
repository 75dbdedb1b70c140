/**
 * `procview sysctl`: the switches of the whole host, as sysctl(8) shows and sets them.
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

/** One name: how its value is shown, and how it is set. */
interface Sysctl {
  get(): string;
  /** Throws UserError if it is no value; sets nothing before it is called. */
  setter(value: string): () => void;
}

type Sysctls = ReadonlyMap<string, Sysctl>;

function onOff(value: string): boolean {
  const parsed = parseSwitch(value);
  if (typeof parsed !== 'number') return parsed;
  throw new UserError(`kernel.stats_isolated is 0 or 1, not ${value || 'nothing'}`);
}

/** Those of a kernel that has them. */
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
      ? 'every container has its own, use `procview isolate`'
      : `there is ${[...sysctls.keys()].join(' and ')}`;
  throw new UserError(`no ${name} here: ${hint}`);
}

/** What `name` or `name=value` asks for; it is done when that is called, which returns the line to print. */
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
    .description('show and set kernel.stats_isolated and kernel.stats_isolated_files')
    .argument('[name[=value]...]', 'all names if none is given')
    .option('-w, --write', 'all arguments are name=value');
  withMode(withRoots(command)).action(
    (words: string[], flags: Flags & { readonly write?: boolean }) => {
      const config = loadConfig(flags.config, fromFlags(flags));
      if (process.getuid?.() !== 0) throw new UserError('the switches take root: run with sudo');
      const kernel = kernelSwitch(config);
      const sysctls = kernel ? ofKernel(kernel) : ofProcview(config);
      const asked = words.length > 0 ? words : [...sysctls.keys()];
      // With a mistake in any of them none is set.
      const steps = asked.map((word) => step(sysctls, word, flags.write ?? false));
      for (const each of steps) process.stdout.write(each());
    },
  );
}
