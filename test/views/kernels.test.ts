/**
 * Kernels from 4.15 to 7.2: the views have the same keys as the kernel's files.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { keysOf } from '../../src/sampling/host.ts';
import { type HostFile, isHostFile } from '../../src/sampling/host-files.ts';
import type { Sample } from '../../src/sampling/sample.ts';
import { views } from '../../src/views/registry.ts';
import type { View } from '../../src/views/view.ts';
import { formats, text } from '../contract/formats.ts';
import { project } from '../helpers/project.ts';
import { numbers, render, sample } from './samples.ts';

const root = join(project, 'test/fixtures/kernels');

type Files = Readonly<Record<string, string>>;

function filesOf(kernel: string): Files {
  const names = fs.readdirSync(join(root, kernel));
  return Object.fromEntries(
    names.map((name) => [name, fs.readFileSync(join(root, kernel, name), 'latin1')]),
  );
}

/** A container with 2 CPUs and 64 MiB, of which 16 are free. */
function containerOn(files: Files): Sample {
  const hostFiles = Object.entries(files).filter(([name]) => isHostFile(name));
  return sample({
    host: {
      meminfoKeys: keysOf(files['meminfo'] ?? ''),
      vmstatKeys: keysOf(files['vmstat'] ?? ''),
    },
    files: Object.fromEntries(hostFiles) as { [name in HostFile]?: string },
    memory: { total: 65536, free: 16384, available: 16384 },
    cpus: { count: 2, set: [1, 3] },
    times: { count: 2, everShown: 2, btime: 1000 },
  });
}

/** Views of the files that were captured. */
const captured = (files: Files): View[] =>
  views.filter(({ path }) => Object.hasOwn(files, path.replace('proc/', '')));

function check(t: Test, files: Files): Map<string, string> {
  const of = containerOn(files);
  const bodies = captured(files).map(({ path, ...view }): [string, string] => {
    const body = render({ path, ...view }, of);
    const host = files[path.replace('proc/', '')] ?? '';
    t.strictSame([...text(body, host), ...(formats[path]?.(body, host) ?? ['unknown'])], [], path);
    return [path, body];
  });
  return new Map(bodies);
}

const kernels = fs.readdirSync(root);

t.ok(kernels.length >= 6, 'there are kernels');
for (const kernel of kernels) {
  t.test(kernel, async (t) => {
    const bodies = check(t, filesOf(kernel));
    t.ok(bodies.size >= 6, 'views');
    t.match(numbers(bodies.get('proc/meminfo') ?? ''), { MemTotal: 65536, MemFree: 16384 });
    t.match(numbers(bodies.get('proc/vmstat') ?? ''), { nr_free_pages: 4096 });
    t.match(bodies.get('proc/zoneinfo'), /\n {2}pages free {5}4096\n/);
  });
}

t.test('keys of a future kernel are present, and 0', async (t) => {
  const files = filesOf('6.18');
  const later = {
    meminfo: `${files['meminfo']}FutureMem:            77 kB\n`,
    vmstat: `${files['vmstat']}future_events 77\n`,
    stat: `${files['stat']}future 7\n`,
    zoneinfo: (files['zoneinfo'] ?? '').replace(/^( +)nr_mlock .*$/gm, '$&\n$1nr_future    77'),
  };
  const bodies = check(t, later);
  t.match(bodies.get('proc/meminfo'), /\nFutureMem: {13}0 kB\n$/);
  t.match(bodies.get('proc/vmstat'), /\nfuture_events 0\n$/);
  t.match(bodies.get('proc/stat'), /\nfuture 7\n$/);
  t.match(bodies.get('proc/zoneinfo'), /\n {6}nr_future {4}0\n/);
});

t.test('1024 CPUs', async (t) => {
  const files = filesOf('6.12');
  const cpus = Array.from({ length: 1024 }, (_, cpu) => cpu);
  const many = (row: (cpu: number) => string): string => cpus.map(row).join('');
  const columns = (indent: number): string =>
    `${' '.repeat(indent)}${many((cpu) => `CPU${cpu}`.padEnd(11))}\n`;
  const row = (key: string): string => `${key}:${many((cpu) => ` ${String(cpu).padStart(10)}`)}`;
  const [head = '', ...rest] = (files['zoneinfo'] ?? '').split(/^ {4}cpu: 0$/m);
  const large = {
    ...files,
    stat: (files['stat'] ?? '').replace(
      /(^cpu\d .*\n)+/m,
      many((cpu) => `cpu${cpu} 1 1 1 1 1 1 1 1 1 1\n`),
    ),
    interrupts: `${columns(11)}${row('LOC')}   Local timer interrupts\nERR:          0\n`,
    softirqs: `${columns(20)}${row('         RCU')}\n`,
    schedstat: `version 16\ntimestamp 4294896855\n${many((cpu) => `cpu${cpu} 0 0 1 1 1 1 1 1 1\n`)}`,
    zoneinfo: `${head}${many((cpu) => `    cpu: ${cpu}\n              count: 1\n  vm stats threshold: 1\n`)}${rest.at(-1)}`,
  };
  check(t, large);
  const wide = { count: 1024, everShown: 1024, btime: 1 };
  const of = sample({
    files: large,
    host: { vmstatKeys: keysOf(files['vmstat'] ?? '') },
    cpus: { count: 1024, set: cpus },
    times: { ...wide, user: () => 1e12 },
  });
  for (const view of captured(large).filter(
    ({ path }) => !path.endsWith('info') || path.includes('zone'),
  )) {
    const body = render(view, of, 4 << 20);
    const found = body.match(/^cpu1023 |CPU1023 |^ {4}cpu: 1023$/m);
    t.equal(found === null, view.path === 'proc/vmstat', `${view.path}: ${body.length} bytes`);
  }
});
