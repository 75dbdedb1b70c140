/**
 * Opens a renderer for commands that read containers without serving.
 * @module
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../base/user-error.ts';
import type { Config } from '../config/schema.ts';
import type { LedgerMode } from '../sampling/ledger.ts';
import { ledgerFile, Renderer } from '../serving/renderer.ts';

/** Requires root for /proc; a captured tree can be read by any user. */
function open(config: Config, mode: LedgerMode): Renderer {
  if (process.getuid?.() !== 0 && config.roots.proc === '/proc') {
    throw new UserError('reading other processes requires root: run with sudo');
  }
  try {
    return new Renderer(config, mode);
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Calls `use` with a renderer on a copy of the daemon's ledger, or on an empty ledger if there is none. */
export function withRenderer<T>(config: Config, use: (renderer: Renderer) => T): T {
  if (existsSync(ledgerFile(config))) return use(open(config, 'private'));
  const state = mkdtempSync(join(tmpdir(), 'procview-'));
  try {
    return use(open({ ...config, state }, 'exclusive'));
  } finally {
    rmSync(state, { recursive: true });
  }
}
