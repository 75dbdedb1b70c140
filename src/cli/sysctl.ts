/**
 * `procview sysctl`: the switches of the whole host, as sysctl(8) shows and sets them.
 * @module
 */
import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { StartError } from '../start-error.ts';
import { ALL_FEATURES, featureNames } from '../switches/features.ts';
import { kernelSwitch } from '../switches/kernel.ts';
import { openSwitches } from '../switches/open.ts';
import { parseSwitch } from '../switches/sysctl-text.ts';
import { parseFiles } from './files.ts';
import { type Flags, fromFlags, withMode, withRoots } from './options.ts';

/** One name: how its value is shown, and how it is set. */
interface Sysctl {
  get(): string;
  set(value: string): void;
}

function onOff(value: string): boolean {
  const parsed = parseSwitch(value);
  if (typeof parsed !== 'number') return parsed;
  throw new StartError(`kernel.stats_isolated is 0 or 1, not ${value || 'nothing'}`);
}

/** Those of a kernel that has them. */
function ofKernel(kernel: NonNullable<ReturnType<typeof kernelSwitch>>): Record<string, Sysctl> {
  return {
    'kernel.stats_isolated': {
      get: () => (kernel.on ? '1' : '0'),
      set: (value) => {
        kernel.on = onOff(value);
      },
    },
  };
}

function ofProcview(config: Config): Record<string, Sysctl> {
  const switches = openSwitches(config);
  return {
    'kernel.stats_isolated': {
      get: () => (switches.host.on ? '1' : '0'),
      set: (value) => {
        switches.host = { ...switches.host, on: onOff(value) };
      },
    },
    'kernel.stats_isolated_files': {
      get: () => featureNames(switches.host.files).join(','),
      set: (value) => {
        const files = value === 'all' ? ALL_FEATURES : parseFiles(value);
        switches.host = { ...switches.host, files };
      },
    },
  };
}

function find(sysctls: Record<string, Sysctl>, name: string): Sysctl {
  const found = sysctls[name.replaceAll('/', '.')];
  if (found) return found;
  const hint =
    name === 'kernel.container_stats_isolated'
      ? 'every container has its own, use `procview isolate`'
      : `there is ${Object.keys(sysctls).join(' and ')}`;
  throw new StartError(`no ${name} here: ${hint}`);
}

/** Applies `name` or `name=value`, and tells the line to print. */
function apply(sysctls: Record<string, Sysctl>, word: string, write: boolean): string {
  const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const sysctl = find(sysctls, name.trim());
  if (value !== undefined) sysctl.set(value.trim());
  else if (write) throw new StartError(`-w takes name=value, not ${word}`);
  return `${name.trim()} = ${sysctl.get()}\n`;
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
      if (process.getuid?.() !== 0) throw new StartError('the switches take root: run with sudo');
      const kernel = kernelSwitch(config);
      const sysctls = kernel ? ofKernel(kernel) : ofProcview(config);
      const asked = words.length > 0 ? words : Object.keys(sysctls);
      for (const word of asked) process.stdout.write(apply(sysctls, word, flags.write ?? false));
    },
  );
}
