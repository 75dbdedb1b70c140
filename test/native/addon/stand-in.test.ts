import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { mounted } from './mounted.ts';
import { BUSY, busyHost } from './tree.ts';

if (process.getuid?.() !== 0 || !existsSync('/dev/fuse')) t.bailout('needs root and /dev/fuse');

t.test('a thread that has paused since: what the container saw last', async (t) => {
  const mount = mounted(t, 1, true);
  const last = await mount.run('cat', 'busy');
  t.match(last, /^render 1 for /);
  t.equal(await mount.run('cat', 'pauses'), '0 turns\n');
  t.equal(await mount.run('cat', 'busy'), last, 'while its thread computes');
  await setTimeout(BUSY);
  t.match(await mount.run('cat', 'busy'), /^render 3 for /, 'then all is as before');
});

t.test('JavaScript that computes for seconds', async (t) => {
  const mount = mounted(t);
  t.match(await mount.run('cat', 'busy'), /^render 1 for /);
  const held = mount.run('sh', '-c', 'exec 3<constant; sleep 2; cat <&3');
  while ((mount.counters()[1] ?? 0) < 2) await setTimeout(20);
  const start = performance.now();
  const version = readFileSync(busyHost, 'latin1');
  t.equal(await mount.run('cat', 'busy'), version, "the host's bytes");
  t.equal(await mount.run('cat', 'busy'), version, 'for the next one as well');
  t.match(await mount.run('ls', '-l', 'sys'), /caf\u00e9/, 'names and attributes');
  const none = { message: /temporarily unavailable/ };
  await t.rejects(mount.run('cat', 'constant'), none, 'an error where the host has no such file');
  t.equal(await held, `${'c'.repeat(1499)}\n`, 'what is open is read on');
  t.ok(performance.now() - start < BUSY, 'all of that before the computation ended');
  while (performance.now() - start < BUSY + 500) await setTimeout(100);
  t.match(await mount.run('cat', 'busy'), /^render 3 for /, 'then all is as before');
  const [, , , , , open, late, instead] = await mount.countersAtRest();
  t.same([open, late, instead], [0, 1, 3]);
});
