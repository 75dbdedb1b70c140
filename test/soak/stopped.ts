/**
 * The daemon is stopped (SIGSTOP): a waiting reader can be killed, and all others are served after SIGCONT. A keeper
 * replaces a daemon that does not report for 30 s.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { timeLimit, until } from '../e2e/helpers/command.ts';
import { startContainer } from '../e2e/helpers/container.ts';
import { type Daemon, startDaemon, supervisedPid } from '../e2e/helpers/daemon.ts';
import { prepare } from '../e2e/helpers/suite.ts';
import { SoakReaders } from './readers.ts';

const SECOND = 1000;

/** Kills a reader that waits for the daemon. Returns the seconds until it has ended. */
async function killReader(t: Test, daemon: Daemon): Promise<number> {
  const container = await startContainer(t, { bind: daemon.mount });
  const reader = container.start(['cat', '/proc/meminfo']);
  await sleep(SECOND);
  t.equal(reader.exitCode, null, 'a reader waits');
  const start = performance.now();
  await container.stop();
  return (performance.now() - start) / 1000;
}

async function underReaders(t: Test, daemon: Daemon, action: () => Promise<object>): Promise<void> {
  const readers = await SoakReaders.start(t, daemon.mount);
  const figures = await action();
  await sleep(2 * SECOND);
  const { faults, ...totals } = await readers.end();
  t.comment(JSON.stringify({ ...figures, ...totals, faults: faults.length }));
  t.strictSame(faults, [], 'no reader saw a fault');
  t.notMatch(daemon.log, /"level":[56]0/, 'no error was logged');
}

export async function stopped({ seconds }: { readonly seconds: number }): Promise<void> {
  await prepare(300 + 2 * seconds);
  await t.test(
    `a daemon that is stopped for ${seconds} s serves all readers afterwards`,
    async (t) => {
      const daemon = await startDaemon(t);
      await underReaders(t, daemon, async () => {
        process.kill(daemon.pid, 'SIGSTOP');
        const killed = await killReader(t, daemon);
        await sleep(seconds * SECOND);
        process.kill(daemon.pid, 'SIGCONT');
        return { stopped: seconds, killed };
      });
    },
  );
  await t.test('a keeper replaces a stopped daemon', async (t) => {
    const daemon = await startDaemon(t, '--keeper');
    await underReaders(t, daemon, async () => {
      const from = daemon.log.length;
      const start = performance.now();
      process.kill(await supervisedPid(daemon), 'SIGSTOP');
      const killed = await killReader(t, daemon);
      const replaced = (): boolean => daemon.log.indexOf('"msg":"serving"', from) >= 0;
      await until('the keeper has replaced it', replaced, timeLimit(60) / 1000);
      return { replacedAfter: (performance.now() - start) / 1000, killed };
    });
  });
}
