#!/usr/bin/env node
/**
 * Command line entry: the list of commands, and the one place where an error ends the program.
 * @module
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod';
import { attach } from './cli/attach.ts';
import { containers } from './cli/containers.ts';
import { detach } from './cli/detach.ts';
import { doctor } from './cli/doctor.ts';
import { explain } from './cli/explain.ts';
import { hooks } from './cli/hooks.ts';
import { isolate } from './cli/isolate.ts';
import { serve } from './cli/serve.ts';
import { show } from './cli/show.ts';
import { sysctl } from './cli/sysctl.ts';
import { ConfigError } from './config/load.ts';
import { StartError } from './start-error.ts';

const LOOKS = [show, explain, containers, doctor];
const COMMANDS = [serve, ...LOOKS, attach, detach, hooks, sysctl, isolate];

const packageFile = new URL('../../package.json', import.meta.url);
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(packageFile, 'utf8')));

/** Expected errors are one line; anything else shows where it came from. */
function fail(error: unknown): void {
  const expected = error instanceof StartError || error instanceof ConfigError;
  const text = error instanceof Error && !expected ? error.stack : (error as Error).message;
  process.stderr.write(`procview: ${text}\n`);
  process.exitCode = 1;
}

const program = new Command('procview')
  .description('Gives every container its own truthful /proc')
  .version(version)
  .configureOutput({
    outputError: (text, write) => {
      const mistake = text
        .replace(/^error: /, '')
        .trim()
        .replaceAll('\n', ' ');
      write(`procview: ${mistake} (--help lists what there is)\n`);
    },
  });
for (const command of COMMANDS) command(program);

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}
