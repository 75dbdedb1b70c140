/**
 * `procview doctor`: checks the prerequisites on this machine.
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
    .description('Check the prerequisites on this machine; exit code 1: procview cannot serve here')
    .option('--mount <dir>', 'mount point (default: /var/lib/procview)');
  withRoots(command).action(async (flags: Flags) => {
    const config = loadConfig(flags.config, fromFlags(flags));
    // Loading it takes 30 ms, which no other command needs.
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
