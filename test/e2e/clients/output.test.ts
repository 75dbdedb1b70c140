import fs from 'node:fs';
import t from 'tap';
import { startContainer } from '../helpers/container.ts';
import { startDaemon } from '../helpers/daemon.ts';
import { kinds, MiB, prepare } from '../helpers/suite.ts';

await prepare();
const { mount: bind } = await startDaemon(t);

/** Parses whole files by blanks, as many scripts do. */
const PYTHON = `
memory = {k: int(v.split()[0]) for k, v in (l.split(':') for l in open('/proc/meminfo'))}
cpus = [l.split() for l in open('/proc/stat') if l.startswith('cpu')]
load = open('/proc/loadavg').read().split()
pages = {k: int(v) for k, v in (l.split() for l in open('/proc/vmstat'))}
assert memory['MemTotal'] == 262144, memory
assert memory['MemFree'] <= memory['MemAvailable'] <= memory['MemTotal'], memory
assert [c[0] for c in cpus] == ['cpu', 'cpu0'] and all(len(c) == 11 for c in cpus), cpus
assert len(load) == 5 and all(float(l) >= 0 for l in load[:3]), load
assert pages['nr_free_pages'] * 4 <= memory['MemTotal'], pages
print('parsed')
`;

for (const kind of kinds) {
  t.test(`${kind}: vmstat, top, uptime and mpstat show the container`, async (t) => {
    const limits = { memory: 256 * MiB, quota: 0.5, cpuset: '0-1' };
    const container = await startContainer(t, { kind, limits, bind });

    const vmstat = (await container.output(['vmstat', '1', '3'])).trimEnd().split('\n');
    t.equal(vmstat.length, 5, 'vmstat: two headings, three rows');
    for (const row of vmstat.slice(2)) {
      const numbers = row.trim().split(/ +/).map(Number);
      t.ok(numbers.length >= 17 && numbers.every((n) => n >= 0), `vmstat: ${row}`);
      t.ok((numbers[3] ?? 0) <= 256 * 1024, 'vmstat: free memory is within the limit');
      const shares = numbers.slice(12, 17).reduce((sum, n) => sum + n, 0);
      t.ok(shares >= 98 && shares <= 102, `vmstat: CPU shares add up: ${shares}`);
    }

    const top = await container.output(['top', '-b', '-n', '2', '-d', '1']);
    t.equal(top.match(/load average: 0\.\d\d, 0\.\d\d, 0\.\d\d/g)?.length, 2, 'top: load average');
    t.equal(top.match(/MiB Mem : +256\.0 total/g)?.length, 2, 'top: memory');
    t.match(top, /%Cpu\(s\):.* id,/, 'top: CPU shares');

    const uptime = await container.output(['uptime']);
    t.match(uptime, /load average: 0\.\d\d, 0\.\d\d, 0\.\d\d$/m, 'uptime: the container is idle');

    const mpstat = await container.output(['env', 'LC_ALL=C', 'mpstat', '-P', 'ALL', '1', '1']);
    const rows = mpstat.split('\n').filter((row) => /^\d\d:/.test(row) && !row.includes('CPU'));
    const [first = '', second = ''] = rows.map((row) => row.trim().split(/ +/)[1]);
    t.strictSame([first, second], ['all', '0'], `mpstat: one CPU:\n${mpstat}`);
    t.match(mpstat, /^Average: +all .* \d+\.\d\d$/m, 'mpstat: average');

    const python = fs.existsSync('/usr/bin/python3') ? false : 'no python3 here';
    await t.test('python3', { skip: python }, async (t) => {
      t.equal(await container.output(['python3', '-c', PYTHON]), 'parsed\n');
    });
  });
}
