/**
 * The daemon is stopped for a while (SIGSTOP): who reads can be killed meanwhile, and all others are served
 * afterwards. A keeper does not wait for ever: it replaces a daemon that says nothing for 30 s.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { patience, until } from '../e2e/helpers/command.ts';
import { startContainer } from '../e2e/helpers/container.ts';
import { type Daemon, keptBy, startDaemon } from '../e2e/helpers/daemon.ts';
import { prepare } from '../e2e/helpers/suite.ts';
import { Crowd } from './readers.ts';

const SECOND = 1000;

/** A reader that waits for the daemon, and is killed. Returns the seconds until it was gone. */
async function killReader(t: Test, daemon: Daemon): Promise<number> {
  const container = await startContainer(t, { bind: daemon.mount });
  const reader = container.start(['cat', '/proc/meminfo']);
  await sleep(SECOND);
  t.equal(reader.exitCode, null, 'a reader waits');
  const start = performance.now();
  await container.stop();
  return (performance.now() - start) / 1000;
}

async function whileRead(t: Test, daemon: Daemon, what: () => Promise<object>): Promise<void> {
  const crowd = await Crowd.start(t, daemon.mount);
  const figures = await what();
  await sleep(2 * SECOND);
  const { faults, ...seen } = await crowd.end();
  t.comment(JSON.stringify({ ...figures, ...seen, faults: faults.length }));
  t.strictSame(faults, [], 'all were served');
  t.notMatch(daemon.log, /"level":[56]0/, 'nothing was lost');
}

export async function stopped({ seconds }: { readonly seconds: number }): Promise<void> {
  await prepare(300 + 2 * seconds);
  await t.test(`stopped for ${seconds} s`, async (t) => {
    const daemon = await startDaemon(t);
    await whileRead(t, daemon, async () => {
      process.kill(daemon.pid, 'SIGSTOP');
      const killed = await killReader(t, daemon);
      await sleep(seconds * SECOND);
      process.kill(daemon.pid, 'SIGCONT');
      return { stopped: seconds, killed };
    });
  });
  await t.test('stopped under a keeper', async (t) => {
    const daemon = await startDaemon(t, '--keeper');
    await whileRead(t, daemon, async () => {
      const from = daemon.log.length;
      const start = performance.now();
      process.kill(await keptBy(daemon), 'SIGSTOP');
      const killed = await killReader(t, daemon);
      const replaced = (): boolean => daemon.log.indexOf('"msg":"serving"', from) >= 0;
      await until('it is replaced', replaced, patience(60) / 1000);
      return { replacedAfter: (performance.now() - start) / 1000, killed };
    });
  });
}
