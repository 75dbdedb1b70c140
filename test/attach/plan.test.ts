import fc from 'fast-check';
import t from 'tap';
import { planAttach, planDetach, planReattach, servedDevice } from '../../src/attach/plan.ts';
import type { Later, Target } from '../../src/attach/surroundings.ts';
import { MountFlag } from '../../src/native/mounts.ts';

/** Lines of mountinfo: `id parent device root point options [propagation] - type source super`. */
const lines = (...mounts: readonly string[]): string => mounts.map((each) => `${each}\n`).join('');

/** Super block options of our daemon's mounts, and of another daemon's. */
const OWNER = 2 ** 30 + 7;
const OURS = `rw,user_id=0,group_id=0,default_permissions,allow_other,max_read=${OWNER}`;
const ANOTHERS = OURS.replace(`${OWNER}`, `${OWNER + 1}`);

const HOST = [
  '20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
  '21 20 0:5 / /proc rw,nosuid,nodev,noexec shared:5 - proc proc rw',
  `30 20 0:40 / /run/view rw,nosuid,nodev shared:9 - fuse.procview procview ${OURS}`,
  `31 20 0:41 / /run/other rw,nosuid,nodev - fuse.procview procview ${ANOTHERS}`,
];
const CONTAINER = [
  '100 90 0:50 / / rw,relatime - overlay overlay rw',
  '101 100 0:51 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw',
  '102 101 0:51 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw',
  '103 100 0:52 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro',
];
const TARGETS: readonly Target[] = [
  { path: 'proc/meminfo' },
  { path: 'sys/devices/system/cpu', lacks: 'thermal_throttle' },
  { path: 'proc/sys/kernel', kept: '.kernel' },
];

const { readOnly, noSuid, noDev, noExec, noDirAtime } = MountFlag;
const SAFE = noSuid | noDev | noExec;

function around(container: readonly string[], root = '', own = HOST) {
  const lists = { container: lines(...container), own: lines(...own) };
  return { ...lists, mount: '/run/view', owner: OWNER, root };
}

const plan = (extra: readonly string[], targets = TARGETS, own = HOST) =>
  planAttach(around([...CONTAINER, ...extra], '', own), targets);

/** The reason why a file is not covered; undefined: it is covered. */
const reasonOf = (extra: readonly string[], path = 'proc/meminfo', own = HOST) =>
  plan(extra, [TARGETS.find((each) => each.path === path) ?? { path }], own).settled[0]?.reason;

t.test('a container whose runtime made /proc/sys and /sys read-only', async (t) => {
  const { removals, covers, settled } = plan([]);
  t.same(removals, []);
  t.same(settled, []);
  t.same(covers, [
    {
      ...{ source: '/run/view/proc/meminfo', target: 'proc/meminfo', on: 101, kept: '' },
      ...{ clear: 0, flags: SAFE | noDirAtime, keptFlags: SAFE },
    },
    {
      ...{ source: '/run/view/sys/devices/system/cpu', target: 'sys/devices/system/cpu', on: 103 },
      ...{ kept: '', clear: 0, flags: readOnly | SAFE | noDirAtime, keptFlags: readOnly | SAFE },
    },
    {
      ...{ source: '/run/view/proc/sys/kernel', target: 'proc/sys/kernel', on: 102 },
      // The switches can be written to, what they cover only as before.
      ...{ kept: '.kernel', clear: 0, flags: SAFE | noDirAtime, keptFlags: readOnly | SAFE },
    },
  ]);
});

const ATTACHED = 'rw,nosuid,nodev,nodiratime';
const BOUND = 'ro,nosuid,nodev';
const covered = (id: number, on: number, device: string, options = ATTACHED, whose = OURS) =>
  `${id} ${on} ${device} /proc/meminfo /proc/meminfo ${options},relatime - fuse.procview x ${whose}`;

t.test('mounts that are present already', async (t) => {
  t.same(plan([covered(110, 101, '0:40')], [{ path: 'proc/meminfo' }]), {
    ...{ removals: [], covers: [] },
    settled: [{ path: 'proc/meminfo', state: 'present', reason: '' }],
  });
  t.equal(reasonOf([covered(110, 101, '0:40', BOUND)]), 'bound by its runtime');
  t.equal(reasonOf([covered(110, 101, '0:41')]), 'mounted by another procview');
});

t.test('mounts of a dead daemon', async (t) => {
  const attached = plan([covered(110, 101, '0:39')], [{ path: 'proc/meminfo' }]);
  t.same(attached.removals, [{ target: 'proc/meminfo', mount: 110 }], 'is removed');
  t.same(
    attached.covers.map(({ on }) => on),
    [101],
  );
  const bound = plan([covered(110, 101, '0:39', BOUND)], [{ path: 'proc/meminfo' }]);
  t.same(bound.removals, attached.removals, 'attached or bound');
  const [cover] = bound.covers;
  t.match(cover, { on: 101, source: '/run/view/proc/meminfo', flags: readOnly | noSuid | noDev });
  t.equal(cover?.clear, noExec, 'and no other flag');
  t.equal((cover?.flags ?? 0) & noDirAtime, 0, 'bound as its runtime did: no mark');
});

t.test('reattach: what was there before, and no more', async (t) => {
  const reattach = (...extra: readonly string[]) =>
    planReattach(around([...CONTAINER, ...extra]), TARGETS);
  t.same(reattach(), { removals: [], covers: [], settled: [] });
  t.same(reattach(covered(110, 101, '0:40')).removals, [], 'a mount that is served stays');
  const bound = reattach(covered(110, 101, '0:39', BOUND));
  t.same(
    bound.covers.map(({ target }) => target),
    ['proc/meminfo'],
  );
  const attached = reattach(covered(110, 101, '0:39'));
  t.equal(attached.covers.length, TARGETS.length, 'all, if it was attached');
  const twice = reattach(covered(110, 101, '0:38', BOUND), covered(111, 110, '0:39', BOUND));
  t.same([twice.removals.length, twice.covers.length], [2, 1], 'one in place of several');
});

t.test('mounts of another daemon stay: it may live in another mount namespace', async (t) => {
  const whole = `110 100 0:38 / /run/view rw,nosuid,nodev - fuse.procview procview ${ANOTHERS}`;
  for (const whose of [ANOTHERS, `${OURS}1`, 'rw']) {
    for (const how of [ATTACHED, BOUND]) {
      const there = [...CONTAINER, whole, covered(111, 101, '0:39', how, whose)];
      const attached = planAttach(around(there), [{ path: 'proc/meminfo' }]);
      t.same([attached.removals, attached.covers], [[], []]);
      t.match(attached.settled, [{ state: 'skipped', reason: 'mounted by another procview' }]);
      t.same(planReattach(around(there), TARGETS), { removals: [], covers: [], settled: [] });
      t.same(planDetach(around(there)).removals, []);
    }
  }
});

t.test('reattach: what is below a read-only /proc/sys stays read-only', async (t) => {
  const path = '/proc/sys/vm/max_map_count';
  const feigned = `110 102 0:39 ${path} ${path} rw,nosuid - fuse.procview procview ${OURS}`;
  const { covers } = planReattach(around([...CONTAINER, feigned]), TARGETS);
  t.match(covers, [{ on: 102, flags: readOnly | noSuid }]);
});

t.test('reattach: the whole served tree, bound as LXC does it', async (t) => {
  const reattach = (...extra: readonly string[]) =>
    planReattach(around([...CONTAINER, ...extra]), TARGETS);
  const whole = (id: number, on: number, device: string) =>
    `${id} ${on} ${device} / /var/lib/lxcfs rw,relatime - fuse.procview lxcfs ${OURS}`;
  t.same(reattach(whole(110, 100, '0:40')), { removals: [], covers: [], settled: [] }, 'served');
  const dead = reattach(whole(110, 100, '0:38'), whole(111, 110, '0:39'));
  t.same(
    dead.removals.map(({ mount }) => mount),
    [111, 110],
  );
  t.same(dead.covers, [
    {
      ...{ source: '/run/view', target: 'var/lib/lxcfs', on: 100, kept: '', keptFlags: 0 },
      ...{ flags: 0, clear: readOnly | SAFE },
    },
  ]);
  const part = `110 100 0:39 /proc /mnt rw - fuse.procview lxcfs ${OURS}`;
  t.same(reattach(part), { removals: [], covers: [], settled: [] }, 'a part of it elsewhere');
  const shared = `110 104 0:39 / /srv/view rw - fuse.procview lxcfs ${OURS}`;
  const volume = '104 100 8:1 /srv /srv rw shared:1 - ext4 /dev/sda1 rw';
  t.same(reattach(volume, shared).covers, [], 'where it would propagate to the host');
});

t.test('a file that was bound in a directory of ours keeps the directory away', async (t) => {
  const online = '/sys/devices/system/cpu/online';
  const dead = `110 103 0:39 ${online} ${online} ro - fuse.procview procview ${OURS}`;
  const { covers, settled } = plan([dead]);
  t.ok(covers.some(({ target }) => target === online.slice(1)));
  t.match(settled, [{ path: 'sys/devices/system/cpu', state: 'skipped' }]);
});

t.test('what must not be covered', async (t) => {
  const nothing = [
    '200 101 0:60 / /proc rw - tmpfs none rw',
    '201 103 0:61 / /sys rw - tmpfs none rw',
  ];
  t.equal(reasonOf(nothing), 'no proc is mounted at /proc');
  t.equal(reasonOf(nothing, 'sys/devices/system/cpu'), 'no sysfs is mounted at /sys');
  const elsewhere = planAttach(
    around(['100 90 0:50 / / rw - overlay o rw', '101 100 0:51 / /other rw - proc proc rw']),
    TARGETS,
  );
  t.equal(
    elsewhere.settled[0]?.reason,
    'no proc is mounted at /proc',
    'a procfs elsewhere does not count',
  );
  const masks = {
    '104 101 0:6 /null /proc/meminfo rw - devtmpfs dev rw':
      'masked: devtmpfs is mounted at /proc/meminfo',
    '104 101 0:61 / /proc/meminfo rw - fuse.lxcfs lxcfs rw':
      'masked: fuse.lxcfs is mounted at /proc/meminfo',
    '104 101 0:51 /version /proc/meminfo rw - proc proc rw': '/version of proc is bound there',
  };
  for (const [line, reason] of Object.entries(masks)) t.equal(reasonOf([line]), reason);
  const cpu = '/sys/devices/system/cpu';
  const throttle = `104 103 0:62 / ${cpu}/cpu0/thermal_throttle ro - tmpfs tmpfs ro`;
  t.equal(
    reasonOf([throttle], cpu.slice(1)),
    undefined,
    'it masks an entry that the directory lacks',
  );
  const cache = `104 103 0:62 / ${cpu}/cpu0/cache ro - tmpfs tmpfs ro`;
  t.equal(reasonOf([cache], cpu.slice(1)), `it would uncover what ${cpu}/cpu0/cache masks`);
});

t.test('propagation', async (t) => {
  const proc = (how: string) => `101 100 0:51 / /proc rw ${how} - proc proc rw`;
  const reason = (how: string) =>
    planAttach(around([CONTAINER[0] ?? '', proc(how)]), [{ path: 'proc/meminfo' }]).settled[0]
      ?.reason;
  t.match(reason('shared:5'), /^\/proc is shared with the host \(peer group 5\)/);
  t.equal(reason('shared:77'), undefined, 'shared among themselves');
  t.equal(reason('master:5'), undefined, 'receives mounts and sends none');
});

t.test(
  'a directory that will be the root, and paths that the runtime will mask there',
  async (t) => {
    const root = '/run/bundle/rootfs';
    const mounts = [
      '100 90 8:1 / / rw - ext4 /dev/sda1 rw',
      '101 100 0:5 / /proc rw - proc proc rw',
      `102 100 0:51 / ${root}/proc rw,nosuid - proc proc rw`,
    ];
    const planned = (later?: Later) => planAttach(around(mounts, root), TARGETS, later);
    t.same(
      planned().covers.map(({ target, on, keptFlags }) => [target, on, keptFlags]),
      [
        ['proc/meminfo', 102, noSuid],
        ['proc/sys/kernel', 102, noSuid],
      ],
    );
    const later = { masked: ['/proc/meminfo'], readOnly: ['/proc/sys'] };
    const { covers, settled } = planned(later);
    t.same(
      covers.map(({ target, keptFlags }) => [target, keptFlags]),
      [['proc/sys/kernel', noSuid | readOnly]],
      'the clone that is kept is read-only before the directory is',
    );
    t.match(settled[0], { path: 'proc/meminfo', reason: 'masked by its runtime' });
  },
);

t.test('detach removes the mounts that attach made, topmost first', async (t) => {
  const container = [
    ...CONTAINER,
    covered(110, 101, '0:39'),
    covered(111, 110, '0:40'),
    covered(112, 111, '0:40', BOUND),
    `113 100 0:40 /proc/stat /mnt/stat rw,nodiratime - fuse.procview procview ${OURS}`,
    `114 102 0:40 /proc/sys/kernel /proc/sys/kernel rw,nodiratime - fuse.procview procview ${OURS}`,
    '115 114 0:51 /sys/kernel /proc/sys/kernel/.kernel ro - proc proc rw',
    `116 101 0:41 /proc/stat /proc/stat rw,nodiratime - fuse.procview procview ${OURS}`,
  ];
  const { removals, covers } = planDetach(around(container));
  t.same(covers, []);
  const ids = removals.map(({ mount }) => mount);
  t.same(
    [...ids].sort(),
    [110, 111, 114],
    'not binds, mounts elsewhere, or mounts of another daemon',
  );
  t.ok(ids.indexOf(111) < ids.indexOf(110));
});

t.test('the device of the daemon at a mount point', async (t) => {
  t.equal(servedDevice(lines(...HOST), '/run/view'), '0:40');
  t.equal(servedDevice(lines(...HOST), '/run'), undefined);
  const hidden = [...HOST, '40 30 8:2 / /run/view rw - ext4 /dev/sdb rw'];
  t.equal(servedDevice(lines(...hidden), '/run/view'), undefined, 'something is mounted over it');
});

const points = fc.constantFrom(
  ...['/', '/proc', '/proc/meminfo', '/proc/sys', '/proc/sys/kernel', '/sys', '/mnt', ''],
  ...['/sys/devices', '/sys/devices/system/cpu', '/sys/devices/system/cpu/cpu0/cache'],
);
const types = fc.constantFrom('proc', 'sysfs', 'tmpfs', 'fuse.procview', 'fuse.lxcfs', 'overlay');
const mount = fc.record({
  ...{ id: fc.nat(12), parent: fc.nat(12), device: fc.nat(60), point: points, type: types },
  root: fc.constantFrom('/', '/sys', '/sys/kernel', '/meminfo', '/version'),
  options: fc.constantFrom('rw', 'ro,nosuid', 'rw,nodiratime', 'ro,nodev,noexec,nodiratime'),
  propagation: fc.constantFrom('', 'shared:5 ', 'shared:70 ', 'master:1 '),
  whose: fc.constantFrom(OURS, ANOTHERS),
});
const anyMounts = fc.array(mount, { maxLength: 14 });

t.test('properties of a plan for random mounts', async (t) => {
  const asked = TARGETS.map(({ path }) => path).sort();
  fc.assert(
    fc.property(anyMounts, (mounts) => {
      const text = mounts.map(
        ({ id, parent, device, root, point, options, propagation, type, whose }) =>
          `${id} ${parent} 0:${device} ${root} ${point} ${options} ${propagation}- ${type} x ${whose}`,
      );
      const { removals, covers, settled } = planAttach(around(text), TARGETS);
      const reported = [...covers.map(({ target }) => target), ...settled.map(({ path }) => path)];
      const once = new Set(reported).size === reported.length;
      const gone = new Set(removals.map(({ mount }) => mount));
      return (
        once &&
        asked.every((path) => reported.includes(path)) &&
        covers.every(({ on, target, keptFlags }) => {
          const lower = mounts.findLast(({ id }) => id === on);
          const type = target.startsWith('sys/') ? 'sysfs' : 'proc';
          const covered = target === 'mnt' || [type, 'fuse.procview'].includes(lower?.type ?? '');
          const writable = (keptFlags & readOnly) === 0;
          const there = mounts.filter(({ point, id }) => point === `/${target}` && gone.has(id));
          const wasWritable = [lower, ...there].some((each) => each?.options.startsWith('rw'));
          return (
            covered && (!writable || wasWritable) && removals.every(({ mount }) => mount !== on)
          );
        })
      );
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
