import t from 'tap';
import { startContainer } from './container.ts';
import { startDaemon } from './daemon.ts';
import { reader } from './reader.ts';
import { kinds, prepare } from './suite.ts';

await prepare(180);
const { mount: bind } = await startDaemon(t);

const FORMAT = /^(\d+\.\d\d) (\d+\.\d\d) (\d+\.\d\d) (\d+)\/(\d+) (\d+)\n$/;
const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

for (const kind of kinds) {
  t.test(`${kind}: two busy loops raise the load of their container only`, async (t) => {
    const busy = await startContainer(t, { kind, bind });
    const idle = await startContainer(t, { kind, bind });
    const [insideBusy, insideIdle] = [busy.inside(), idle.inside()];
    t.match(await insideIdle.read('/proc/loadavg'), FORMAT, 'a b c r/t pid');
    await insideBusy.read('/proc/loadavg');
    for (let i = 0; i < 2; i++) busy.start([reader, 'spin', '1000']);
    await sleep(16);

    const [, one, five, , running, total, last] =
      FORMAT.exec(await insideBusy.read('/proc/loadavg')) ?? [];
    // Two runnable tasks: 0.16 after the first sample, 0.31 after the second, 0.45 after the third.
    t.ok(Number(one) >= 0.25 && Number(one) < 0.8, `load of one minute: ${one}`);
    t.ok(Number(five) > 0 && Number(five) < Number(one), `load of five minutes: ${five}`);
    t.ok(Number(running) >= 2 && Number(running) <= Number(total), `${running}/${total} run`);
    t.ok(Number(total) >= 4 && Number(total) < 20, 'only tasks of the container are counted');
    t.ok(Number(last) >= 1 && Number(last) < 1000, `last pid is one of the container's: ${last}`);
    t.match(await insideIdle.read('/proc/loadavg'), /^0\.00 0\.00 0\.00 /, 'the idle one is idle');
  });
}
