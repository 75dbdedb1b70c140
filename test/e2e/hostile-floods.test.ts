import t from 'tap';
import { timeLimit, until } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { abuse, buildAbuse, NeighbourReads, usageOf } from './helpers/hostile.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
await buildAbuse();
const daemon = await startDaemon(t);
const bind = daemon.mount;
const hostile = await startContainer(t, { limits: { memory: 100 * MiB }, bind });
const neighbour = await startContainer(t, { limits: { memory: 200 * MiB }, bind });

/** MiB by which the daemon's RSS may vary. */
const HEAP_SLACK = 48;
/** Largest latency of a read in another container, ms. */
const BOUND = timeLimit(2);

const FLOODS = {
  'lookups of missing names in /proc': ['lookup', `${bind}/proc`, '3'],
  'lookups of missing names in /sys, where names depend on the caller': [
    'lookup',
    '/sys/devices/system/cpu',
    '3',
  ],
  'writes, ioctls and attribute calls': ['misuse', '/proc/meminfo', '3'],
  'writes, ioctls and attribute calls on a switch': [
    'misuse',
    `${bind}/proc/sys/kernel/container_stats_isolated`,
    '3',
  ],
} as const;

for (const [what, argv] of Object.entries(FLOODS)) {
  t.test(`${what} do not delay or change reads in another container`, async (t) => {
    await hostile.output([abuse, argv[0], argv[1], '0.5']);
    const before = usageOf(daemon);
    const reads = new NeighbourReads(neighbour, 200 * 1024);
    const printed = await hostile.output([abuse, ...argv]);
    const { wrong, worst, reads: count } = await reads.stop();
    t.match(printed, argv[0] === 'lookup' ? /^lookups \d+ found 0$/m : /^rounds \d+$/m);
    t.notMatch(printed, /owned/);
    t.equal(wrong, 0, 'the neighbour reads its own figures');
    t.ok(count > 0 && worst < BOUND, `${count} reads, the slowest took ${worst.toFixed(1)} ms`);
    const after = usageOf(daemon);
    t.ok(after.rss < before.rss + HEAP_SLACK, `${before.rss} to ${after.rss} MiB`);
    // One descriptor for each reader.
    t.ok(
      after.descriptors < before.descriptors + 16,
      `${before.descriptors} to ${after.descriptors} descriptors`,
    );
    const own = await hostile.output(['cat', '/proc/meminfo']);
    t.equal(kilobytes(own, 'MemTotal'), 100 * 1024);
  });
}

t.test('19,000 open files in one container do not exhaust the daemon', async (t) => {
  const before = usageOf(daemon);
  const reads = new NeighbourReads(neighbour, 200 * 1024);
  // 19,000 bodies of 4 kB are 78 MB, more than the daemon keeps.
  const opener = hostile.start([abuse, 'open', '/proc/meminfo', '19000']);
  let printed = '';
  opener.stdout?.on('data', (piece: Buffer) => {
    printed += piece.toString();
  });
  await until('all files are open', () => printed.includes('opened'), 60);
  t.match(printed, /^opened 19000$/m);
  const after = usageOf(daemon);
  t.ok(after.rss < before.rss + 64 + HEAP_SLACK, `${before.rss} to ${after.rss} MiB`);
  const { wrong, worst } = await reads.stop();
  t.equal(wrong, 0, 'the neighbour reads its own figures');
  t.ok(worst < BOUND, `the slowest read took ${worst.toFixed(1)} ms`);
  opener.stdin?.end();
  await until('the opener has ended', () => opener.exitCode !== null);
});
