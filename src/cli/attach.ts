/**
 * `procview attach`: puts the served files over those of running containers.
 * @module
 */
import type { Command } from 'commander';
import { attach as attachOne } from '../attach/apply.ts';
import { changeCommand } from './change-mounts.ts';

export function attach(program: Command): void {
  changeCommand(program, 'attach', "put the served files over a running container's", attachOne);
}
