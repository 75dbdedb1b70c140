/**
 * Directories for sockets: their paths may have 107 bytes, and tap names its own after the test.
 * @module
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** A directory that is gone after the test. */
export function shortDirectory(t: Test): string {
  const directory = fs.mkdtempSync(join(tmpdir(), 'pvtest-'));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}
