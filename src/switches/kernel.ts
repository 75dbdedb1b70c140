/**
 * The switch of a kernel that isolates containers by itself (TencentOS 2.4).
 * @module
 */
import { existsSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/user-error.ts';
import { parseSwitch } from './sysctl-text.ts';

/** linux/magic.h: a file that procview itself serves is no switch of the kernel's. */
const FUSE_SUPER_MAGIC = 0x65735546;

export class KernelSwitch {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  /** Throws what reading throws, and if the file holds neither 0 nor 1. */
  get on(): boolean {
    const parsed = parseSwitch(readFileSync(this.file, 'latin1'));
    if (typeof parsed === 'number') throw new Error(`${this.file} holds neither 0 nor 1`);
    return parsed;
  }

  set on(on: boolean) {
    writeFileSync(this.file, on ? '1\n' : '0\n');
  }

  /** Whether this kernel has the switch. A daemon that was killed may have left a dead one of ours. */
  get there(): boolean {
    try {
      return existsSync(this.file) && statfsSync(this.file).type !== FUSE_SUPER_MAGIC;
    } catch {
      return false;
    }
  }
}

/** The part of the daemon's configuration that decides who isolates containers. */
export interface ModeConfig {
  readonly mode: 'auto' | 'fuse' | 'kernel';
  readonly roots: { readonly proc: string; readonly sysctl?: string | undefined };
}

/**
 * The kernel's switch if the kernel is to isolate, else null. Throws UserError if it shall and cannot.
 */
export function kernelSwitch({ mode, roots }: ModeConfig): KernelSwitch | null {
  if (mode === 'fuse') return null;
  const root = roots.sysctl ?? join(roots.proc, 'sys');
  const found = new KernelSwitch(join(root, 'kernel/stats_isolated'));
  if (found.there) return found;
  if (mode === 'auto') return null;
  throw new UserError(`this kernel has no ${found.file}: use --mode auto or fuse`);
}
