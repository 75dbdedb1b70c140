/**
 * `procview detach`: detaches the served files from containers.
 * @module
 */
import type { Command } from 'commander';
import { changeCommand } from './change-mounts.ts';

export function detach(program: Command): void {
  changeCommand(program, 'detach', 'Detach the files from a container');
}
