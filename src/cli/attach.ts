/**
 * `procview attach`: attaches the served files to running containers.
 * @module
 */
import type { Command } from 'commander';
import { changeCommand } from './change-mounts.ts';

export function attach(program: Command): void {
  changeCommand(program, 'attach', 'Attach the files to a running container');
}
