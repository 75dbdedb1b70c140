import fs from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { Overlays } from '../../src/overlay/overlays.ts';
import { rootsOf } from '../helpers/captured.ts';
import { CPU, list, makeSys, model, NODE, read, walk } from './trees.ts';

t.test('a captured machine, seen by a container on CPUs 1 and 3', async (t) => {
  for (const host of ['v2', 'arm64']) {
    const overlays = new Overlays(rootsOf(host).sys);
    const cpus = model([1, 3]);
    const at = (path: string): string => read(overlays, `${CPU}/${path}`, cpus);
    const names = list(overlays, CPU, cpus).filter((name) => /^cpu\d/.test(name));
    t.same(names, ['cpu0', 'cpu1'], host);
    const topology = (cpu: number): string[] =>
      ['core_id', 'physical_package_id', 'thread_siblings', 'thread_siblings_list', 'core_cpus']
        .concat(['core_siblings', 'core_siblings_list', 'package_cpus', 'package_cpus_list'])
        .map((name) => at(`cpu${cpu}/topology/${name}`).trimEnd());
    t.same(topology(0), ['0', '0', '1', '0', '1', '3', '0-1', '3', '0-1']);
    t.same(topology(1), ['1', '0', '2', '1', '2', '3', '0-1', '3', '0-1']);
    t.equal(at('cpu2/topology/core_id'), '-2', 'there is no third CPU');
    t.equal(at('cpu1/node0'), '../../node/node0');
    t.equal(
      at('cpu1/uevent'),
      read(overlays, `${CPU}/cpu3/uevent`, null),
      'all other files are the host’s',
    );
  }
});

/** Paths below a directory; links are not followed, as `recursive` would. */
const below = (directory: string): string[] =>
  fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const deeper = entry.isDirectory() ? below(`${directory}/${entry.name}`) : [];
    return [entry.name, ...deeper.map((path) => `${entry.name}/${path}`)];
  });

t.test('the host sees its own directory', async (t) => {
  const { sys } = rootsOf('v2');
  const overlays = new Overlays(sys);
  for (const root of overlays.roots) {
    const shown = walk(overlays, root, null).map(([path]) => path.slice(root.length + 1));
    t.same(shown.sort(), below(`${sys}/../${root}`).sort(), root);
  }
});

t.test('hidden entries, and files that are made consistent', async (t) => {
  const sys = makeSys(t.testdir({}), {
    [`${CPU}/cpu5/thermal_throttle/core_throttle_count`]: '0\n',
    [`${CPU}/cpu5/cache/index2/shared_cpu_list`]: '1,4-5,7\n',
    [`${CPU}/cpu5/cache/index2/shared_cpu_map`]: 'b2\n',
    [`${CPU}/cpu5/cache/index2/size`]: '32K\n',
    [`${CPU}/cpu5/node1`]: '-> ../../node/node1',
    [`${CPU}/cpu5/subsystem`]: '-> ../../../../bus/cpu',
    [`${CPU}/cpu5/cpufreq`]: '-> ../cpufreq/policy4',
    [`${CPU}/cpu7/cpufreq`]: '-> ../cpufreq/policy4',
    [`${CPU}/cpufreq/policy4/related_cpus`]: '4 5 6 7\n',
    [`${CPU}/cpufreq/policy4/scaling_cur_freq`]: '2000000\n',
    [`${CPU}/cpufreq/policy0/related_cpus`]: '0 1 2 3\n',
    [`${CPU}/cpufreq/boost`]: '1\n',
    [`${CPU}/nohz_full`]: '1-7\n',
    [`${CPU}/smt/active`]: '1\n',
    [`${CPU}/smt/control`]: 'on\n',
    [`${CPU}/modalias`]: 'cpu:type:x86\n',
  });
  const overlays = new Overlays(sys);
  const cpus = model([1, 5, 7]);
  const at = (path: string): string => read(overlays, `${CPU}/${path}`, cpus);
  t.same(list(overlays, CPU, cpus), ['cpu1', 'cpu2', 'cpufreq', 'modalias', 'nohz_full', 'smt']);
  t.same(list(overlays, `${CPU}/cpu1`, cpus), ['cache', 'cpufreq', 'node0', 'subsystem']);
  t.equal(at('cpu1/thermal_throttle/core_throttle_count'), '-2', 'runtimes mask it');
  t.equal(at('cpu1/cache/index2/shared_cpu_list'), '0-2\n');
  t.equal(at('cpu1/cache/index2/shared_cpu_map'), '07\n');
  t.equal(at('cpu1/cache/index2/size'), '32K\n');
  t.equal(at('cpu1/node0'), '../../node/node0');
  t.equal(at('cpu1/node1'), '-2');
  t.equal(at('cpu1/subsystem'), '../../../../bus/cpu');
  t.equal(at('cpu1/cpufreq'), '../cpufreq/policy1');
  t.same(list(overlays, `${CPU}/cpufreq`, cpus), ['boost', 'policy1', 'policy2']);
  t.equal(at('cpufreq/policy1/related_cpus'), '1\n');
  t.equal(at('cpufreq/policy2/scaling_cur_freq'), '2000000\n');
  t.equal(
    at('cpufreq/policy4/scaling_cur_freq'),
    '-2',
    'the host’s policy number does not exist here',
  );
  t.equal(at('smt/active') + at('smt/control'), '0\nnotsupported\n');
  t.equal(at('nohz_full'), '\n');
  t.same(list(overlays, NODE, cpus), [], 'no NUMA nodes if the host has none');
  t.same(overlays.roots, [CPU]);
});

t.test('names that are no CPU numbers, and paths that lead out', async (t) => {
  const sys = makeSys(t.testdir({}), {
    [`${CPU}/cpu0/online`]: '1\n',
    [`${CPU}/cpu00/online`]: 'no\n',
    [`${CPU}/out`]: '-> /etc',
    [`${CPU}/cpuidle/current_driver`]: 'none\n',
    'sys/secret': 'secret\n',
  });
  const overlays = new Overlays(sys);
  for (const cpus of [null, model([0])]) {
    for (const name of ['cpu01', 'cpu1', 'cpu-1', 'cpu1e3', 'cpu99999999999', 'CPU0', '']) {
      t.ok(overlays.mode(`${CPU}/${name}/online`, cpus) < 0, `${name}: does not exist`);
    }
    t.ok(overlays.mode(`${CPU}/../../../secret`, cpus) < 0, 'no path above');
    t.ok(overlays.mode(`${CPU}/out/passwd`, cpus) < 0, 'no path through a link');
    t.equal(
      read(overlays, `${CPU}/cpuidle/current_driver`, cpus),
      'none\n',
      'a name without a number',
    );
  }
  t.equal(overlays.mode('sys/secret', null), -2, 'no path beside');
});

t.test('1024 CPUs: every entry that is listed is found', async (t) => {
  const mask = Array.from({ length: 32 }, () => 'ffffffff').join();
  const files: Record<string, string> = {};
  for (let cpu = 0; cpu < 1024; cpu++) {
    files[`${CPU}/cpu${cpu}/topology/package_cpus`] = `${mask}\n`;
    files[`${CPU}/cpu${cpu}/topology/core_id`] = `${cpu}\n`;
    files[`${CPU}/cpu${cpu}/node${cpu >> 7}`] = `-> ../../node/node${cpu >> 7}`;
  }
  files[`${NODE}/node0/cpulist`] = '0-127\n';
  const overlays = new Overlays(makeSys(t.testdir({}), files));
  const all = Array.from({ length: 1024 }, (_, i) => i);
  const whole = walk(overlays, CPU, model(all));
  t.equal(whole.length, 1024 * 5);
  t.equal(read(overlays, `${CPU}/cpu1023/topology/package_cpus`, model(all)), `${mask}\n`);
  const some = fc.uniqueArray(fc.nat(1023), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(some, fc.nat(), (set, seed) => {
      const cpus = model(
        set.sort((a, b) => a - b),
        1 + (seed % set.length),
      );
      const found = [CPU, NODE].flatMap((root) => walk(overlays, root, cpus));
      const cpuCount = found.filter(([path]) => /\/cpu\/cpu\d+$/.test(path)).length;
      return (
        cpuCount === cpus.count && found.every(([path, mode]) => overlays.mode(path, cpus) === mode)
      );
    }),
    { numRuns: 20 },
  );
});
