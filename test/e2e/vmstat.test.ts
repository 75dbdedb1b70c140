import t from 'tap';
import { output } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { counter, keys } from './helpers/proc-text.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();
const { mount: bind } = await startDaemon(t);

for (const kind of kinds) {
  t.test(`${kind}: vmstat has the host's keys and the container's pages`, async (t) => {
    const container = await startContainer(t, { kind, limits: { memory: 128 * MiB }, bind });
    const inside = container.inside();
    const before = await inside.read('/proc/vmstat');
    t.strictSame(
      keys(before),
      keys(await output(['cat', '/proc/vmstat'])),
      'the keys are in the same order',
    );
    t.ok(counter(before, 'nr_free_pages') <= (128 * MiB) / 4096, 'free pages are within the limit');
    await container.hold(50);
    const after = await inside.read('/proc/vmstat');
    const pages = counter(after, 'nr_anon_pages') - counter(before, 'nr_anon_pages');
    t.ok(Math.abs(pages - 12800) <= 512, `50 MiB are 12800 pages: ${pages}`);
    const faults = counter(after, 'pgfault') - counter(before, 'pgfault');
    t.ok(faults > 0, `faults are counted: ${faults}`);
  });
}
