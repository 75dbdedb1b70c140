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

/** Compiles it if its source is newer; a machine without the source has been given the program. */
export async function buildReader(): Promise<void> {
  const source = join(sources, 'reader.c');
  if (!fs.existsSync(source)) return;
  if (fs.existsSync(reader) && fs.statSync(reader).mtimeMs > fs.statSync(source).mtimeMs) return;
  fs.mkdirSync(toolsDirectory, { recursive: true });
  const unique = `${reader}.${process.pid}`;
  await output(['gcc', '-O2', '-Wall', '-Wextra', '-Werror', '-static', '-o', unique, source]);
  fs.renameSync(unique, reader);
}
