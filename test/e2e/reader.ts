/**
 * The small static program (reader.c) that tests run inside containers.
 * @module
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { output } from './command.ts';

const sources = join(import.meta.dirname, '../../../test/e2e');

/** Directory of the program: containers of every kind have it at the same path. */
export const toolsDirectory = join(sources, 'build');

/** Path of the program. */
export const reader = join(toolsDirectory, 'reader');

/** Compiles it. */
export const buildReader = (): Promise<void> => compile(join(sources, 'reader.c'), reader);

/** Compiles a program if its source is newer; a machine without the source has been given the program. */
export async function compile(source: string, program: string): Promise<void> {
  if (!fs.existsSync(source)) return;
  if (fs.existsSync(program) && fs.statSync(program).mtimeMs > fs.statSync(source).mtimeMs) return;
  fs.mkdirSync(toolsDirectory, { recursive: true });
  const unique = `${program}.${process.pid}`;
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-static', '-pthread'];
  await output(['gcc', ...flags, '-o', unique, source]);
  fs.renameSync(unique, program);
}
