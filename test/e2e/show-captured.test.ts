/**
 * `procview show` on the captured hosts. It uses this machine's clock and samples once, so the comparison
 * leaves out idle times, btime, uptime and the load averages.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { views } from '../../src/views/registry.ts';
import type { View } from '../../src/views/view.ts';
import { hasFile, hosts, rootsOf } from '../helpers/captured.ts';
import { fileOf, readGolden } from '../helpers/golden.ts';
import { project } from '../helpers/project.ts';

/** Names that a user may type, and the containers they stand for. */
const WANTED: Readonly<Record<string, readonly [name: string, container: string]>> = {
  v1: ['pinned', 'pinned'],
  v2: ['ov', 'over'],
  hybrid: ['chi', 'child'],
  arm64: ['plain/app', 'plain/app'],
  'x86-64cpus': ['wide', 'wide'],
};

const withoutClock = (text: string): string =>
  text
    .replace(/^(cpu\d* +\d+ \d+ \d+) \d+/gm, '$1 IDLE')
    .replace(/^btime \d+/m, 'btime TIME')
    .replace(/^(\d+\.\d\d ){3}/, 'LOAD ')
    .replace(/^\d+\.\d\d \d+\.\d\d$/m, 'UPTIME');

function show(host: string, state: string, ...args: string[]): string {
  const { proc, sys, cgroup } = rootsOf(host);
  const roots = ['--proc-root', proc, '--sys-root', sys, '--cgroup-root', cgroup];
  const main = join(project, 'dist/src/main.js');
  const child = spawnSync(process.execPath, [main, ...args, ...roots, '--state', state]);
  return child.stdout.toString('latin1') + child.stderr.toString('latin1');
}

t.setTimeout(240_000);

/** All views below /proc, and one view below /sys. */
const shown = (host: string): View[] =>
  views.filter(
    ({ path }) => hasFile(host, path) && (path.startsWith('proc/') || path.endsWith('/cpu/online')),
  );

for (const host of hosts) {
  t.test(host, async (t) => {
    const [name = 'none', container = 'none'] = WANTED[host] ?? [];
    // Starting the program takes long: all files on v1 and v2, one file on the other hosts.
    for (const view of /^v/.test(host) ? shown(host) : views.slice(0, 1)) {
      const file = fileOf(view);
      const golden = readGolden(host, view).get(container) ?? '';
      t.equal(
        withoutClock(show(host, t.testdir({}), 'show', name, file)),
        withoutClock(golden),
        file,
      );
    }
  });
}

t.test("a pid of the host's own: the host's bytes", async (t) => {
  const { proc } = rootsOf('v2');
  const meminfo = fs.readFileSync(join(proc, 'meminfo'), 'latin1');
  t.equal(show('v2', t.testdir({}), 'show', '1', 'meminfo'), meminfo);
});
