/**
 * `procview doctor`: what this machine has and lacks.
 * @module
 */
import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Finding } from '../doctor/finding.ts';
import { machineFindings } from '../doctor/machine.ts';
import { isolatedParameters } from '../doctor/parameters.ts';
import { type Flags, fromFlags, withRoots } from './options.ts';

const WIDTH = 'net.ipv4.tcp_workaround_signed_windows'.length;

const line = ({ subject, state, text }: Finding): string =>
  `${state.padEnd('problem'.length)}  ${subject.padEnd(WIDTH)}  ${text}\n`;

export function doctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('tell what this machine has and lacks; exit code 1: procview cannot serve here')
    .option('--mount <dir>', 'mount point (default: /var/lib/procview)');
  withRoots(command).action(async (flags: Flags) => {
    const config = loadConfig(flags.config, fromFlags(flags));
    // Not worth its 30 ms to any other command.
    const { osInfo } = await import('systeminformation');
    const { kernel, distro, release } = await osInfo();
    const findings = [
      ...machineFindings(config, kernel, `${distro} ${release}`),
      ...isolatedParameters(),
    ];
    for (const finding of findings) process.stdout.write(line(finding));
    if (findings.some(({ state }) => state === 'problem')) process.exitCode = 1;
  });
}
