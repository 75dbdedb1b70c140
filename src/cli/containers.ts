/**
 * `procview containers`: lists the containers of this node.
 * @module
 */
import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Container } from '../containers/container.ts';
import { MetadataReader } from '../containers/metadata.ts';
import { scanContainers } from '../discovery/scan.ts';
import { Unavailable } from '../sampling/container-sampler.ts';
import type { Renderer } from '../serving/renderer.ts';
import { type Flags, fromFlags, withRoots } from './options.ts';
import { printable } from './printable.ts';
import { withRenderer } from './with-renderer.ts';

const HEADINGS = ['ID', 'NAME', 'POD', 'RUNTIME', 'PID', 'MEMORY', 'CPUS'] as const;

/** MemTotal in MiB; `-` where the container has no memory cgroup of its own. */
function memory(sampler: ReturnType<Renderer['sampler']>): string {
  try {
    return `${Math.round(sampler.sample(['memory']).memory.total / 1024)} MiB`;
  } catch (error) {
    if (error instanceof Unavailable) return '-';
    throw error;
  }
}

function row(renderer: Renderer, metadata: MetadataReader, container: Container): string[] {
  const sampler = renderer.sampler(container);
  const { count } = sampler.sample(['cpus']).cpus;
  const { name, pod, podName } = metadata.read(container);
  const names = [container.id, name, podName || pod, container.runtime].map((each) =>
    printable(each || '-'),
  );
  return [...names, String(container.init), memory(sampler), String(count)];
}

/** Each column is as wide as its widest cell; two blanks separate columns. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)));
  const lines = rows.map((cells) => cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '));
  return lines.map((each) => `${each.trimEnd()}\n`).join('');
}

export function containers(program: Command): void {
  const command = program
    .command('containers')
    .description('List the containers of this node with name, pod, runtime, pid, memory and CPUs');
  withRoots(command).action((flags: Flags) => {
    const config = loadConfig(flags.config, fromFlags(flags));
    const metadata = new MetadataReader(config.roots.host);
    const rows = withRenderer(config, (renderer) =>
      scanContainers(renderer.resolver).map((container) => row(renderer, metadata, container)),
    );
    process.stdout.write(table([HEADINGS, ...rows]));
  });
}
