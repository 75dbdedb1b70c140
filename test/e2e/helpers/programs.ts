/**
 * The small static programs in test/e2e/programs that tests run: reader.c inside containers, enter.c to enter them.
 * @module
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { output } from './command.ts';

const sources = join(import.meta.dirname, '../../../../test/e2e/programs');

/** Directory of the built programs: every container has it at the same path. */
export const toolsDirectory = join(sources, '../build');

export const reader = join(toolsDirectory, 'reader');
export const enter = join(toolsDirectory, 'enter');

export async function buildTools(): Promise<void> {
  await compile(join(sources, 'reader.c'), reader);
  await compile(join(sources, 'enter.c'), enter);
}

/** Compiles a program if its source is newer. The test machine in QEMU has the program but no source. */
export async function compile(source: string, program: string): Promise<void> {
  if (!fs.existsSync(source)) return;
  if (fs.existsSync(program) && fs.statSync(program).mtimeMs > fs.statSync(source).mtimeMs) return;
  fs.mkdirSync(toolsDirectory, { recursive: true });
  const unique = `${program}.${process.pid}`;
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-static', '-pthread'];
  await output(['gcc', ...flags, '-o', unique, source]);
  fs.renameSync(unique, program);
}
