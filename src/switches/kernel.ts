/**
 * The switch of a kernel that isolates containers itself (TencentOS 2.4).
 * @module
 */
import { existsSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/user-error.ts';
import { parseSwitch } from './sysctl-text.ts';

/** linux/magic.h. A file on a FUSE file system is procview's own, not the kernel's. */
const FUSE_SUPER_MAGIC = 0x65735546;

export class KernelSwitch {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /** Throws if the file cannot be read, or if it contains neither 0 nor 1. */
  get on(): boolean {
    const parsed = parseSwitch(readFileSync(this.file, 'latin1'));
    if (typeof parsed === 'number') throw new Error(`${this.file} contains neither 0 nor 1`);
    return parsed;
  }

  set on(on: boolean) {
    writeFileSync(this.file, on ? '1\n' : '0\n');
  }

  /** Whether this kernel has the switch. A daemon that was killed may have left a dead mount over the file. */
  get exists(): boolean {
    try {
      return existsSync(this.file) && statfsSync(this.file).type !== FUSE_SUPER_MAGIC;
    } catch {
      return false;
    }
  }
}

/** The part of the daemon's configuration that selects the kernel or procview. */
export interface ModeConfig {
  readonly mode: 'auto' | 'fuse' | 'kernel';
  readonly roots: { readonly proc: string; readonly sysctl?: string | undefined };
}

/**
 * The kernel's switch if the kernel isolates containers in this mode, else null. Throws UserError if the mode needs the
 * switch and the kernel has none.
 */
export function kernelSwitch({ mode, roots }: ModeConfig): KernelSwitch | null {
  if (mode === 'fuse') return null;
  const root = roots.sysctl ?? join(roots.proc, 'sys');
  const found = new KernelSwitch(join(root, 'kernel/stats_isolated'));
  if (found.exists) return found;
  if (mode === 'auto') return null;
  throw new UserError(
    `mode kernel is not possible: this kernel has no ${found.file}; use --mode auto`,
  );
}
