import fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { output } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { toolsDirectory } from './helpers/programs.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();
const { mount: bind } = await startDaemon(t);

const header = (swaps: string): string => swaps.split('\n')[0] ?? '';

/** Adding swap changes the whole machine, so only the test machine in QEMU runs this test. */
const skip = hostname() !== 'procview-vm' && 'not the test machine';

const usedOf = (meminfo: string): number =>
  kilobytes(meminfo, 'SwapTotal') - kilobytes(meminfo, 'SwapFree');

async function addSwap(t: Test): Promise<void> {
  const file = join(toolsDirectory, 'swap');
  t.teardown(async () => {
    await output(['swapoff', file]);
    fs.rmSync(file);
  });
  await output(['dd', 'if=/dev/zero', `of=${file}`, 'bs=1M', 'count=64']);
  fs.chmodSync(file, 0o600);
  await output(['mkswap', file]);
  await output(['swapon', file]);
}

for (const kind of kinds) {
  t.test(`${kind}: swaps has a line only if SwapTotal is not 0`, async (t) => {
    const limits = { memory: 64 * MiB, ...(skip === false ? { swap: 0 } : {}) };
    const inside = (await startContainer(t, { kind, limits, bind })).inside();
    const swaps = await inside.read('/proc/swaps');
    const total = kilobytes(await inside.read('/proc/meminfo'), 'SwapTotal');
    t.equal(header(swaps), header(fs.readFileSync('/proc/swaps', 'latin1')), "the host's header");
    t.equal(swaps.split('\n').length, total > 0 ? 3 : 2, 'a line only where there is swap');
  });
}

t.test("swaps shows the container's limit and usage", { skip }, async (t) => {
  await addSwap(t);
  for (const kind of kinds) {
    await t.test(kind, async (t) => {
      const limits = { memory: 48 * MiB, swap: 56 * MiB };
      const container = await startContainer(t, { kind, limits, bind });
      await container.hold(60);
      const inside = container.inside();
      const before = await inside.read('/proc/meminfo');
      const swaps = await inside.read('/proc/swaps');
      const after = await inside.read('/proc/meminfo');
      const [, , size, used = 0] = (swaps.split('\n')[1] ?? '').split(/\s+/).map(Number);
      t.equal(size, 56 * 1024, 'Size');
      t.equal(size, kilobytes(before, 'SwapTotal'), 'SwapTotal');
      t.ok(used > 8 * 1024, `${used} kB are used`);
      const [low = 0, high = 0] = [usedOf(before), usedOf(after)].sort((a, b) => a - b);
      t.ok(used >= low && used <= high, `as in meminfo: ${low} <= ${used} <= ${high}`);
      const line = (await container.output(['swapon', '-s'])).split('\n')[1] ?? '';
      t.match(line, /^none +\t?virtual\s+57344\s/, `swapon -s: ${line}`);
    });
  }
});
