import t from 'tap';
import { Captured } from '../helpers/captured.ts';
import { explained } from './explained.ts';

t.test('the number of CPUs: cpuset and quota', async (t) => {
  const v2 = new Captured('v2', t.testdir({}));
  const processor = (id: string) => explained(v2, id, 'cpuinfo').get('processor');
  t.equal(
    processor('pinned'),
    'processor 0, 1 = 2 CPUs = min(2 of cpuset 1,3 at /tenants/lxc.payload.pinned, ' +
      'ceil(quota 1.5 = 150000/100000 at /tenants/lxc.payload.pinned))',
  );
  t.equal(
    processor('limited'),
    'processor 0 = 1 CPU = min(4 of cpuset 0-3 at /tenants/lxc.payload.limited, ' +
      'ceil(quota 0.5 = 50000/100000 at /tenants/lxc.payload.limited))',
  );
  t.match(processor('free'), /= 4 CPUs = 4 of cpuset 0-3 at .*; no quota at any level$/);
});

t.test('v1: the times of each CPU, with the host CPUs that they come from', async (t) => {
  const stat = explained(new Captured('v1', t.testdir({})), 'pinned', 'stat');
  const ledger = 'user nice system idle, accumulated in the ledger: cpuacct.usage_percpu of';
  t.match(stat.get('cpu0'), `${ledger} /tenants/lxc.payload.pinned: CPU 1 289880 us`);
  t.match(stat.get('cpu1'), `${ledger} /tenants/lxc.payload.pinned: CPU 3 35997968 us`);
  t.match(stat.get('cpu'), /ticks = sum of the lines of the CPUs$/);
  t.match(stat.get('btime'), "start of pid 565, the container's first process");
  t.match(stat.get('ctxt'), "= the host's");
  t.match(stat.get('intr'), /\.\.\. = the host's$/, 'long lists are cut');
});

t.test('v2: one sum, spread over the CPUs', async (t) => {
  const stat = explained(new Captured('v2', t.testdir({})), 'pinned', 'stat');
  t.match(
    stat.get('cpu1'),
    'cpu.stat of /tenants/lxc.payload.pinned: user_usec 25533371 (0 of it nice_usec), ' +
      'system_usec 724193, spread evenly over CPUs: 2',
  );
});

t.test('loadavg: the counted tasks, from the ledger or without a daemon', async (t) => {
  const v2 = new Captured('v2', t.testdir({}));
  const kept = explained(v2, 'pinned', 'loadavg');
  const counted = '1 running and 0 blocked tasks at the last count';
  t.equal(kept.get('1 minute'), `1 minute 0.08 = from the ledger, updated every 5 s: ${counted}`);
  t.equal(kept.get('total'), 'total 5 = pids.current 5 of /tenants/lxc.payload.pinned');
  t.equal(
    kept.get('running'),
    'running 2 = min(1 in state R at the last count + the reader, total 5)',
  );
  t.match(kept.get('last pid'), /^last pid 14 = highest pid/);
  const alone = explained(v2, 'pinned', 'loadavg', false);
  t.match(alone.get('15 minutes'), `= no daemon has counted tasks yet: ${counted}`);
});
