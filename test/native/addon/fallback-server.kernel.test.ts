import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { mounted } from './mounted.ts';
import { BUSY, busyHost } from './tree.ts';

if (process.getuid?.() !== 0 || !existsSync('/dev/fuse')) t.bailout('needs root and /dev/fuse');

t.test('a thread that has paused since: the last body of the container', async (t) => {
  const mount = mounted(t, 1, true);
  const last = await mount.run('cat', 'busy');
  t.match(last, /^render 1 for /);
  t.equal(await mount.run('cat', 'pauses'), '0 turns\n');
  t.equal(await mount.run('cat', 'busy'), last, 'while its thread computes');
  await setTimeout(BUSY);
  t.match(await mount.run('cat', 'busy'), /^render 3 for /, 'fresh bodies again after the hang');
});

t.test('JavaScript that computes for seconds', async (t) => {
  const mount = mounted(t);
  t.match(await mount.run('cat', 'busy'), /^render 1 for /);
  const held = mount.run('sh', '-c', 'exec 3<constant; sleep 2; cat <&3');
  while ((mount.counters()[1] ?? 0) < 2) await setTimeout(20);
  const start = performance.now();
  const version = readFileSync(busyHost, 'latin1');
  t.equal(await mount.run('cat', 'busy'), version, "the host's bytes");
  t.equal(await mount.run('cat', 'busy'), version, 'for the next reader too');
  t.match(await mount.run('ls', '-l', 'sys'), /caf\u00e9/, 'names and attributes');
  const none = { message: /temporarily unavailable/ };
  await t.rejects(mount.run('cat', 'constant'), none, 'an error if the host has no such file');
  t.equal(await held, `${'c'.repeat(1499)}\n`, 'an open file is read to its end');
  t.ok(performance.now() - start < BUSY, 'all of that before the computation ended');
  while (performance.now() - start < BUSY + 500) await setTimeout(100);
  t.match(await mount.run('cat', 'busy'), /^render 3 for /, 'fresh bodies again after the hang');
  const [, , , , , open, late, instead] = await mount.countersAtRest();
  t.same([open, late, instead], [0, 1, 3]);
});
