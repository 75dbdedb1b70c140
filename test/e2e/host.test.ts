import fs from 'node:fs';
import t from 'tap';
import { output } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { FILES } from './helpers/container-kind.ts';
import { startDaemon } from './helpers/daemon.ts';
import { keys } from './helpers/proc-text.ts';
import { prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t);

const withoutClock = (cpuinfo: string): string => cpuinfo.replaceAll(/^cpu MHz.*$/gm, '');

t.test('a host process reads the values of the host', async (t) => {
  const served = (name: string): Promise<string> => output(['cat', daemon.file(name)]);
  const host = (name: string): Promise<string> => output(['cat', `/proc/${name}`]);

  t.equal(withoutClock(await served('cpuinfo')), withoutClock(await host('cpuinfo')), 'cpuinfo');
  for (const name of ['meminfo', 'vmstat', 'pressure/io', 'swaps', 'slabinfo']) {
    t.strictSame(keys(await served(name)), keys(await host(name)), `keys of ${name}`);
  }
  const total = /^MemTotal.*$/m;
  t.equal(total.exec(await served('meminfo'))?.[0], total.exec(await host('meminfo'))?.[0]);
  const lines = (stat: string): string[] => keys(stat);
  t.strictSame(lines(await served('stat')), lines(await host('stat')), 'lines of stat');
  t.match(await served('loadavg'), /^\d+\.\d\d \d+\.\d\d \d+\.\d\d \d+\/\d+ \d+\n$/, 'loadavg');
});

t.test('a host process in a limited cgroup reads the values of the host', async (t) => {
  const { cgroup } = await startContainer(t, { limits: { memory: 64 << 20 } });
  const join = 'for procs in $PROCS; do echo $$ >"$procs"; done; exec cat "$0"';
  const env = { ...process.env, PROCS: cgroup.procsFiles.join(' ') };
  const meminfo = await output(['sh', '-c', join, daemon.file('meminfo')], { env });
  const total = /^MemTotal.*$/m;
  t.equal(total.exec(meminfo)?.[0], total.exec(await output(['cat', '/proc/meminfo']))?.[0]);
});

t.test('served files have the mode, owner and size of those of /proc', async (t) => {
  const find = ['find', `${daemon.mount}/proc`, '-type', 'f', '-printf', '%P\n'];
  const listed = (await output(find)).trim().split('\n').sort();
  t.strictSame(listed, [...FILES].sort(), 'readdir lists all served files');
  for (const name of FILES) {
    // Before its first open the size may show as 1 MiB: docs/decisions/0009-file-size.md.
    const script = 'head -c 1 "$0" >/dev/null; exec stat -c "%s %U %G %a %F" "$0"';
    const line = await output(['sh', '-c', script, daemon.file(name)]);
    const mode = name === 'slabinfo' ? 400 : 444;
    t.equal(line, `0 root root ${mode} regular empty file\n`, name);
  }
  const asNobody = (name: string) => output(['setpriv', '--reuid=65534', 'cat', daemon.file(name)]);
  t.match(await asNobody('meminfo'), /^MemTotal/, 'all may read meminfo');
  await t.rejects(asNobody('slabinfo'), /Permission denied/, 'only root may read slabinfo');
  const slow = await output(['dd', `if=${daemon.file('meminfo')}`, 'bs=1', 'status=none']);
  t.strictSame(keys(slow), keys(fs.readFileSync('/proc/meminfo', 'latin1')), 'byte by byte');
  const spliced = await output(['busybox', 'cat', daemon.file('loadavg')]);
  t.match(spliced, / \d+\n$/, 'with sendfile, or a fallback to read');
  const write = output(['sh', '-c', `echo 1 >${daemon.file('meminfo')}`]);
  await t.rejects(write, 'writing is refused');
});
