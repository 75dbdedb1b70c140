#!/usr/bin/env node
/**
 * Command line entry: the list of commands, and the one place where an error ends the program.
 * @module
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod/v3';
import { printable } from './cli/printable.ts';
import { ConfigError } from './config/load.ts';
import { preferSmallHeap } from './heap.ts';
import { StartError } from './start-error.ts';

preferSmallHeap();

type Declare = (program: Command) => void;

/** In the order of --help. Each is loaded when it is asked for: loading all takes longer than most run. */
const COMMANDS: Readonly<Record<string, () => Promise<Declare>>> = {
  serve: async () => (await import('./cli/serve.ts')).serve,
  reload: async () => (await import('./cli/reload.ts')).reload,
  show: async () => (await import('./cli/show.ts')).show,
  explain: async () => (await import('./cli/explain.ts')).explain,
  containers: async () => (await import('./cli/containers.ts')).containers,
  doctor: async () => (await import('./cli/doctor.ts')).doctor,
  attach: async () => (await import('./cli/attach.ts')).attach,
  detach: async () => (await import('./cli/detach.ts')).detach,
  hooks: async () => (await import('./cli/hooks.ts')).hooks,
  sysctl: async () => (await import('./cli/sysctl.ts')).sysctl,
  isolate: async () => (await import('./cli/isolate.ts')).isolate,
};

/** The command asked for; all, where that takes knowing them all. */
function asked(): Promise<Declare>[] {
  const name = process.argv[2] ?? '';
  const one = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return (one ? [one] : Object.values(COMMANDS)).map((load) => load());
}

const packageFile = new URL('../../package.json', import.meta.url);
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(packageFile, 'utf8')));

/** Whatever was typed is in it, or a container's name. */
const oneLine = (text: string): string => printable(text.trim().replaceAll('\n', ' '));

/** Expected errors are one line; anything else shows where it came from. */
function fail(error: unknown): void {
  const expected = error instanceof StartError || error instanceof ConfigError;
  const text = expected ? oneLine(error.message) : (error as Error).stack;
  process.stderr.write(`procview: ${text}\n`);
  process.exitCode = 1;
}

const program = new Command('procview')
  .description('Gives every container its own truthful /proc')
  .version(version)
  .configureOutput({
    outputError: (text, write) => {
      write(`procview: ${oneLine(text.replace(/^error: /, ''))} (--help lists what there is)\n`);
    },
  });
for (const declare of await Promise.all(asked())) declare(program);

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}
