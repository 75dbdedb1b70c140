import t from 'tap';
import { patience, until } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { abuse, buildAbuse, Neighbour, usageOf } from './helpers/hostile.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
await buildAbuse();
const daemon = await startDaemon(t);
const bind = daemon.mount;
const hostile = await startContainer(t, { limits: { memory: 100 * MiB }, bind });
const neighbour = await startContainer(t, { limits: { memory: 200 * MiB }, bind });

/** MiB by which the daemon may grow: its heap breathes. */
const BREATH = 48;
/** Milliseconds for which nobody may have waited. */
const BOUND = patience(2);

const FLOODS = {
  'names that do not exist in /proc': ['look', `${bind}/proc`, '3'],
  'and in /sys, where they depend on who looks': ['look', '/sys/devices/system/cpu', '3'],
  'writes, ioctls, attributes': ['poke', '/proc/meminfo', '3'],
  'the same of a switch': ['poke', `${bind}/proc/sys/kernel/container_stats_isolated`, '3'],
} as const;

for (const [what, argv] of Object.entries(FLOODS)) {
  t.test(what, async (t) => {
    await hostile.output([abuse, argv[0], argv[1], '0.5']);
    const before = usageOf(daemon);
    const reads = new Neighbour(neighbour, 200 * 1024);
    const said = await hostile.output([abuse, ...argv]);
    const { wrong, worst, reads: count } = await reads.stop();
    t.match(said, argv[0] === 'look' ? /^looks \d+ found 0$/m : /^rounds \d+$/m);
    t.notMatch(said, /owned/);
    t.equal(wrong, 0, 'its neighbour reads its own');
    t.ok(count > 0 && worst < BOUND, `${count} reads, the slowest took ${worst.toFixed(1)} ms`);
    const after = usageOf(daemon);
    t.ok(after.resident < before.resident + BREATH, `${before.resident} to ${after.resident} MiB`);
    // One for each reader.
    t.ok(
      after.descriptors < before.descriptors + 16,
      `${before.descriptors} to ${after.descriptors} descriptors`,
    );
    const own = await hostile.output(['cat', '/proc/meminfo']);
    t.equal(kilobytes(own, 'MemTotal'), 100 * 1024);
  });
}

t.test('files that are opened and never closed', async (t) => {
  const before = usageOf(daemon);
  const reads = new Neighbour(neighbour, 200 * 1024);
  // 19,000 bodies of 4 kB would be 78 MB, more than is kept.
  const opener = hostile.start([abuse, 'open', '/proc/meminfo', '19000']);
  let said = '';
  opener.stdout?.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  await until('all are open', () => said.includes('opened'), 60);
  t.match(said, /^opened 19000$/m);
  const after = usageOf(daemon);
  t.ok(
    after.resident < before.resident + 64 + BREATH,
    `${before.resident} to ${after.resident} MiB`,
  );
  const { wrong, worst } = await reads.stop();
  t.equal(wrong, 0, 'its neighbour reads its own');
  t.ok(worst < BOUND, `the slowest read took ${worst.toFixed(1)} ms`);
  opener.stdin?.end();
  await until('it has ended', () => opener.exitCode !== null);
});
