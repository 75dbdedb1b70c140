/**
 * The list of commands, and the only place where an error ends the program.
 * @module
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod/v3';
import { UserError } from '../base/user-error.ts';
import { ConfigError } from '../config/load.ts';
import { printable } from './printable.ts';

type Declare = (program: Command) => void;

/** In the order of --help. A command is loaded when it is used: loading all takes longer than most commands run. */
const COMMANDS: Readonly<Record<string, () => Promise<Declare>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  reload: async () => (await import('./reload.ts')).reload,
  show: async () => (await import('./show.ts')).show,
  explain: async () => (await import('./explain.ts')).explain,
  containers: async () => (await import('./containers.ts')).containers,
  doctor: async () => (await import('./doctor.ts')).doctor,
  attach: async () => (await import('./attach.ts')).attach,
  detach: async () => (await import('./detach.ts')).detach,
  hooks: async () => (await import('./hooks.ts')).hooks,
  sysctl: async () => (await import('./sysctl.ts')).sysctl,
  isolate: async () => (await import('./isolate.ts')).isolate,
};

/** The command on the command line; all commands for --help and for mistakes. */
function requested(): Promise<Declare>[] {
  const name = process.argv[2] ?? '';
  const one = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return (one ? [one] : Object.values(COMMANDS)).map((load) => load());
}

const packageFile = new URL('../../../package.json', import.meta.url);
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(packageFile, 'utf8')));

/** One line: the text may contain what the user typed, or a container's name. */
const oneLine = (text: string): string => printable(text.trim().replaceAll('\n', ' '));

/** Prints one line for an expected error, and a stack trace for a bug. */
function fail(error: unknown): void {
  const expected = error instanceof UserError || error instanceof ConfigError;
  const text = expected ? oneLine(error.message) : (error as Error).stack;
  process.stderr.write(`procview: ${text}\n`);
  process.exitCode = 1;
}

/** Runs the command on the command line of this process. */
export async function run(): Promise<void> {
  const program = new Command('procview')
    .description('Gives every container its own /proc files')
    .version(version)
    .configureOutput({
      outputError: (text, write) => {
        write(`procview: ${oneLine(text.replace(/^error: /, ''))} (see --help)\n`);
      },
    });
  for (const declare of await Promise.all(requested())) declare(program);

  try {
    await program.parseAsync();
  } catch (error) {
    fail(error);
  }
}
