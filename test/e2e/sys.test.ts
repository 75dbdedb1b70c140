import fs from 'node:fs';
import t from 'tap';
import { output, run } from './helpers/command.ts';
import { type Container, startContainer } from './helpers/container.ts';
import { DIRECTORIES } from './helpers/container-kind.ts';
import { PROCVIEW, startDaemon, temporary } from './helpers/daemon.ts';
import { kilobytes, processors } from './helpers/proc-text.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t);
const { mount: bind } = daemon;

const CPU = '/sys/devices/system/cpu';
const NODE = '/sys/devices/system/node';
const hasNode = DIRECTORIES.includes(NODE.slice(1));
const noNode = hasNode ? false : 'this kernel has no NUMA nodes';

/** Names of the CPU directories in a listing. */
const cpuNames = async (container: Container, directory = CPU): Promise<string[]> =>
  (await container.output(['ls', directory])).match(/^cpu\d+$/gm) ?? [];

/** Programs that read the number of CPUs from files. */
const COUNTING_PROGRAMS: readonly (readonly string[])[] = [
  ['getconf', '_NPROCESSORS_ONLN'],
  ['getconf', '_NPROCESSORS_CONF'],
  ['sh', '-c', `ls -d ${CPU}/cpu[0-9]* | wc -l`],
  ['sh', '-c', 'lscpu | sed -n "s/^CPU(s): *//p"'],
  ['sh', '-c', 'lscpu | sed -n "s/^Core(s) per socket: *//p"'],
  ['sh', '-c', 'lscpu -p=cpu,core,socket,node | grep -c "^[0-9]*,[0-9]*,0,0*$"'],
  ['python3', '-c', 'import os; print(os.cpu_count())'],
];

/** A virtual machine may have no cache directory. */
const CACHE_SIZES = 'for size in cpu0/cache/*/size; do [ ! -e "$size" ] || cat "$size"; done';

/** A command that reads each file of a directory and prints the errors. */
const readErrors = (directory: string): string[] => [
  ...[
    'sh',
    '-c',
    `cd ${directory} && find . -type f | sort | xargs -n 1 cat 2>&1 >/dev/null; true`,
  ],
];

for (const kind of kinds) {
  for (const count of [1, 2]) {
    t.test(`${kind}: every program shows ${count} CPUs`, async (t) => {
      const limits = { quota: count - 0.2, cpuset: '0-1', memory: 128 * MiB };
      const container = await startContainer(t, { kind, limits, bind });
      for (const counter of COUNTING_PROGRAMS) {
        if (!fs.existsSync(`/usr/bin/${counter[0]}`)) continue;
        t.equal((await container.output(counter)).trim(), String(count), counter.join(' '));
      }
      const cpuinfo = await container.output(['cat', '/proc/cpuinfo']);
      t.equal(processors(cpuinfo).length, count, '/proc/cpuinfo');
    });
  }

  t.test(`${kind}: every listed file of /sys can be read`, async (t) => {
    const container = await startContainer(t, { kind, limits: { cpuset: '1' }, bind });
    for (const directory of [CPU, ...(hasNode ? [NODE] : [])]) {
      const host = new Set((await output(readErrors(directory))).split('\n'));
      // The container's cpu0 is another CPU of the host.
      const renumbered = (line: string): string => line.replace('/cpu0/', '/cpu1/');
      const own = (await container.output(readErrors(directory))).split('\n');
      t.strictSame(
        own.filter((line) => !host.has(renumbered(line))),
        [],
        directory,
      );
    }
    const dangling = ['find', CPU, '-xtype', 'l'];
    const links = await container.output(dangling);
    t.equal(links.replaceAll('cpu0', 'cpu1'), (await output(dangling)).replace(/.*cpu0.*\n/g, ''));
    const listed = await container.output(['ls', '-l', `${CPU}/cpu0`]);
    t.match(listed, /^drwxr-xr-x .* topology$/m, 'a directory');
    t.match(listed, /^lrwxrwxrwx .* subsystem -> \.\.\/\.\.\/\.\.\/\.\.\/bus\/cpu$/m, 'a link');
  });
}

t.test('two containers and the host each see their own CPUs at the same time', async (t) => {
  const one = await startContainer(t, { limits: { cpuset: '1' }, bind });
  const two = await startContainer(t, { limits: { cpuset: '0-1' }, bind });
  for (let i = 0; i < 3; i++) {
    t.strictSame(await cpuNames(two), ['cpu0', 'cpu1']);
    t.strictSame(await cpuNames(one), ['cpu0']);
    t.equal(
      (await one.exec(['cat', `${CPU}/cpu1/topology/core_id`])).code,
      1,
      'a CPU of the other container does not exist',
    );
    t.equal(await two.output(['cat', `${CPU}/cpu1/topology/core_id`]), '1\n');
  }
  const find = (root: string): string[] => ['sh', '-c', `cd ${root} && find . | sort`];
  const host = await output(find(CPU));
  t.equal(await output(find(bind + CPU)), host, "the host's own directory, unchanged");
  const text = (root: string): Promise<string> =>
    output([
      'sh',
      '-c',
      `cd ${root}; cat online possible kernel_max cpu*/topology/*; ${CACHE_SIZES}`,
    ]);
  t.equal(await text(bind + CPU), await text(CPU), 'its files have the same text');
});

t.test('nproc shows the CPUs of the cpuset', async (t) => {
  for (const cpuset of ['1', '0-1']) {
    const container = await startContainer(t, { limits: { cpuset }, bind });
    for (const nproc of [['nproc'], ['nproc', '--all']]) {
      t.equal(await container.output(nproc), cpuset === '1' ? '1\n' : '2\n', nproc.join(' '));
    }
  }
});

t.test('a running reader sees limits change', async (t) => {
  const container = await startContainer(t, { limits: { cpuset: '0-1' }, bind });
  const inside = container.inside();
  t.equal(await inside.read(`${CPU}/online`), '0-1\n');
  t.equal(await inside.read(`${CPU}/cpu1/topology/core_siblings_list`), '0-1\n');
  container.cgroup.set({ quota: 0.5 });
  t.equal(await inside.read(`${CPU}/online`), '0\n');
  t.equal(await inside.read(`${CPU}/cpu0/topology/core_siblings_list`), '0\n');
  await t.rejects(inside.read(`${CPU}/cpu1/topology/core_id`), /errno 2/);
  container.cgroup.set({ quota: 2 });
  t.equal(await inside.read(`${CPU}/cpu1/topology/core_id`), '1\n', 'CPU 1 exists again');
});

t.test('procview show prints files of /sys without a mount', async (t) => {
  const container = await startContainer(t, { limits: { cpuset: '0-1', quota: 0.5 }, bind });
  const state = ['--state', temporary(t, 'state')];
  for (const file of ['online', 'cpu0/topology/core_siblings_list', 'cpu0/subsystem']) {
    const shown = [...PROCVIEW, 'show', String(container.pid), `${CPU}/${file}`, ...state];
    const wanted = file === 'cpu0/subsystem' ? '../../../../bus/cpu' : '0\n';
    t.equal(await output(shown), wanted, file);
  }
  const missing = await run([...PROCVIEW, 'show', String(container.pid), `${CPU}/cpu1/online`]);
  t.match(missing.stderr, /cannot read .*cpu1\/online: errno 2/);
});

t.test('no served file of /sys can be written', async (t) => {
  const container = await startContainer(t, { bind });
  for (const file of ['online', 'uevent', 'cpu0/uevent', 'cpu0/power/control']) {
    const { stderr, code } = await container.exec(['sh', '-c', `echo 1 >${CPU}/${file}`]);
    t.not(code, 0, file);
    t.match(stderr, /Read-only file system|Permission denied/, file);
  }
  const nobody = ['setpriv', '--reuid', '65534', '--clear-groups'];
  const secrets = (await output(['find', CPU, '-type', 'f', '-not', '-perm', '-4'])).trim();
  for (const file of secrets.split('\n').filter(Boolean)) {
    const { stderr } = await run([...nobody, 'cat', bind + file]);
    t.match(stderr, /Permission denied/, `${file} is not for everyone`);
  }
});

t.test('/sys shows one NUMA node with the memory of /proc/meminfo', { skip: noNode }, async (t) => {
  const container = await startContainer(t, { limits: { memory: 96 * MiB, cpuset: '1' }, bind });
  const read = (file: string): Promise<string> => container.output(['cat', `${NODE}/${file}`]);
  const total = /MemTotal: +(\d+) kB/.exec(await read('node0/meminfo'))?.[1];
  const meminfo = await container.output(['cat', '/proc/meminfo']);
  t.equal(Number(total), kilobytes(meminfo, 'MemTotal'), 'MemTotal');
  t.equal(await read('online'), '0\n');
  t.equal(await read('node0/cpulist'), '0\n');
  t.equal(Number(await read('node0/cpumap')), 1);
  t.strictSame(await cpuNames(container, `${NODE}/node0`), ['cpu0']);
  t.equal(
    await container.output(['cat', `${NODE}/node0/cpu0/topology/core_id`]),
    '0\n',
    'the link from node to CPU',
  );
  t.equal(
    await container.output(['cat', `${CPU}/cpu0/node0/distance`]),
    '10\n',
    'the link from CPU to node',
  );
});
