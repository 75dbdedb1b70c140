/**
 * `procview detach`: takes away what attach has put over the files of containers.
 * @module
 */
import type { Command } from 'commander';
import { detach as detachOne } from '../attach/apply.ts';
import { changeCommand } from './change-mounts.ts';

export function detach(program: Command): void {
  changeCommand(program, 'detach', 'take away what attach has put over its files', detachOne);
}
