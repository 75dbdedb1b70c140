import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Cgroup, isV2 } from './helpers/cgroup.ts';
import { output } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { PROCVIEW, temporary } from './helpers/daemon.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();

const USAGE = isV2 ? 'memory.current' : 'memory.usage_in_bytes';
const LIMIT = isV2 ? 'memory.max' : 'memory.limit_in_bytes';

for (const kind of kinds) {
  t.test(`${kind}: explain prints the values and paths of the cgroup files`, async (t) => {
    const parent = Cgroup.create({ memory: 100 * MiB, quota: 0.5 });
    t.teardown(() => parent.remove());
    const container = await startContainer(t, { kind, parent });
    await container.hold(20);
    const state = join(temporary(t, 'state'), 'none');
    const explain = (...args: string[]): Promise<string> =>
      output([...PROCVIEW, 'explain', String(container.pid), ...args, '--state', state]);
    const host = /^MemTotal: +(\d+) kB$/m.exec(fs.readFileSync('/proc/meminfo', 'latin1'))?.[1];

    const total = await explain('meminfo', 'MemTotal');
    const terms = /min\((\S+) 100 MiB at (\S+), host (\d+ \w+)\)\n$/.exec(total);
    t.equal(terms?.[1], LIMIT, total);
    t.equal(terms?.[2], parent.path, 'the path of the lowest limit');
    const hostKB = Number(terms?.[3]?.split(' ')[0]) * (terms?.[3]?.endsWith('MiB') ? 1024 : 1);
    t.equal(hostKB, Number(host), "the host's MemTotal");

    const free = await explain('meminfo', 'MemFree');
    const [, shown, used, unit] =
      /^MemFree (\d+) kB = \S+ 100 MiB - \S+ (\d+) (kB|MiB) at /.exec(free) ?? [];
    const usedKB = Number(used) * (unit === 'MiB' ? 1024 : 1);
    t.equal(Number(shown), 100 * 1024 - usedKB, `the sum is right: ${free}`);
    const usage = Number(fs.readFileSync(join(parent.directory('memory'), USAGE), 'latin1'));
    t.ok(Math.abs(usedKB - usage / 1024) < 2048, `${usedKB} kB, ${USAGE} ${usage}`);

    const anon = await explain('meminfo', 'AnonPages');
    const [, kB, key = 'none', cgroup, raw] =
      /^AnonPages (\d+) kB = memory\.stat (\S+) of (\S+) \((\d+)\)\n$/.exec(anon) ?? [];
    t.equal(cgroup, container.cgroup.path, "the container's own memory.stat");
    t.equal(Number(kB), Math.floor(Number(raw) / 1024));
    const stat = fs.readFileSync(
      join(container.cgroup.directory('memory'), 'memory.stat'),
      'latin1',
    );
    const now = Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(stat)?.[1]);
    t.ok(Math.abs(Number(raw) - now) < 2 * MiB, `${key}: ${raw}, later ${now}`);

    const cpus = await explain('cpuinfo', 'processor');
    t.match(cpus, / = 1 CPU = min\(\d+ of cpuset \S+ at \S+, ceil\(quota 0\.5 = /, cpus);
    t.ok(cpus.endsWith(` at ${parent.path}))\n`), "the parent's quota");
  });
}

t.test(
  "explain names the host's memory for a container in the root memory cgroup",
  { skip: isV2 && 'v1' },
  async (t) => {
    const container = await startContainer(t, { kind: 'unshare' });
    fs.writeFileSync('/sys/fs/cgroup/memory/cgroup.procs', String(container.pid));
    const state = join(temporary(t, 'state'), 'none');
    const argv = ['explain', String(container.pid), 'meminfo', 'MemTotal', '--state', state];
    const text = await output([...PROCVIEW, ...argv]);
    t.match(text, /^MemTotal \d+ kB = the host's: \S+ has no memory cgroup of its own\n$/);
  },
);
