/**
 * `npm run bench:large`: time of a read on a machine with 1,024 CPUs: sampling and rendering, without FUSE.
 * bench/README.md explains the columns.
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { configSchema } from '../src/config/schema.ts';
import { scanContainers } from '../src/discovery/scan.ts';
import type { ContainerSampler } from '../src/sampling/container-sampler.ts';
import { Renderer } from '../src/serving/renderer.ts';
import { servedViews } from '../src/serving/served-tree.ts';
import { TextWriter } from '../src/views/text.ts';
import type { View } from '../src/views/view.ts';
import { unpacked } from '../test/helpers/fixtures.ts';
import { describeMachine } from './harness/machine.ts';
import { formatMachine, table } from './harness/report.ts';
import { root } from './reads/run.ts';
import { largeHost } from './scale/large-host.ts';
import { type LargeResults, type LargeRow, median } from './scale/results.ts';

/** Captured hosts, and two of their containers: one with all CPUs, one with few. */
const HOSTS = [
  { name: 'v1', containers: ['free', 'pinned'] },
  { name: 'x86-64cpus', containers: ['free', 'wide'] },
] as const;

const { json, rounds, only } = new Command('npm run bench:large --')
  .description('Measure reads on a machine with 1,024 CPUs: sampling and rendering, without FUSE.')
  .option('--rounds <n>', 'rounds for each file', Number, 15)
  .option('--only <list>', 'comma-separated files; default: all')
  .option('--json <file>', 'write all figures to this file')
  .parse()
  .opts<{ rounds: number; only?: string; json?: string }>();

/** Time after which every cache has expired, ms. */
const EXPIRY = { others: 12, cpuinfo: 1_050 };

const wait = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

/** Changes a digit of a host file, as a counter does. */
function touch(path: string): void {
  const bytes = readFileSync(path);
  const digit = bytes.lastIndexOf(bytes.includes(0x31) ? 0x31 : 0x32);
  if (digit >= 0) bytes[digit] = bytes[digit] === 0x31 ? 0x32 : 0x31;
  writeFileSync(path, bytes);
  utimesSync(path, new Date(), new Date());
}

interface Times {
  readonly sample: number;
  readonly render: number;
}

function once(view: View, sampler: ContainerSampler, out: TextWriter): Times {
  out.reset();
  const begin = performance.now();
  const sample = sampler.sample(view.needs);
  const sampled = performance.now();
  view.render(sample, out);
  return { sample: sampled - begin, render: performance.now() - sampled };
}

function measure(
  renderer: Renderer,
  view: View,
  sampler: ContainerSampler,
): Omit<LargeRow, 'host' | 'container' | 'file'> {
  const out = new TextWriter(new Uint8Array(32 << 20));
  const isCpuinfo = view.path.endsWith('cpuinfo');
  const warm: Times[] = [];
  const cold: Times[] = [];
  for (let round = 0; round < rounds; round++) {
    touch(renderer.hostFile(view));
    wait(isCpuinfo ? EXPIRY.cpuinfo : EXPIRY.others);
    cold.push(once(view, sampler, out));
    for (let i = 0; i < 3; i++) warm.push(once(view, sampler, out));
  }
  const of = (all: readonly Times[]): Times => ({
    sample: median(all.slice(all.length >> 2).map(({ sample }) => sample)),
    render: median(all.slice(all.length >> 2).map(({ render }) => render)),
  });
  return { bytes: out.length, cold: of(cold), warm: of(warm) };
}

const scratch = mkdtempSync(join(tmpdir(), 'procview-large-'));
const rows: LargeRow[] = [];
try {
  for (const { name: host, containers } of HOSTS) {
    const roots = largeHost(unpacked(host), join(scratch, host));
    const config = configSchema.parse({ state: join(scratch, host), roots });
    const renderer = new Renderer(config, 'exclusive');
    const found = scanContainers(renderer.resolver);
    for (const container of containers) {
      const one = found.find(({ id }) => id.endsWith(container));
      if (!one) throw new Error(`${host}: no container ${container}`);
      const sampler = renderer.sampler(one);
      for (const view of servedViews(renderer)) {
        const file = view.path.replace(/^proc\//, '');
        if (only && !only.split(',').includes(file)) continue;
        rows.push({ host, container, file, ...measure(renderer, view, sampler) });
      }
    }
  }
} finally {
  rmSync(scratch, { recursive: true });
}

const machine = describeMachine(root);
process.stdout.write(formatMachine(machine, []));
const ms = (value: number): string => value.toFixed(3);
const cells = rows.map(({ host, container, file, bytes, cold, warm }) => [
  ...[`${host} ${container}`, file, String(bytes), ms(cold.sample), ms(cold.render)],
  ...[ms(warm.sample), ms(warm.render)],
]);
const head = ['container', 'file', 'bytes', 'sample ms', 'render ms', 'again', 'render'];
process.stdout.write(table([head, ...cells]));
const results: LargeResults = { machine, rows };
if (json) writeFileSync(json, `${JSON.stringify(results)}\n`);
