/**
 * Runs test files one after the other in one process, because loading tap takes longer than most tests. The parent
 * sends a file name whenever this process is idle; this process prints one TAP stream.
 * @module
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

// tap names the directories of its tests after the script: two workers must not share them.
process.argv[1] = `unit-${process.argv[2]}`;
const { default: t } = await import('tap');
// After a teardown at its root tap ends itself as soon as it is idle: here more files may follow.
const { end } = t;
t.end = () => t;

/** Resolves when all tests that the file has added to the root have ended. */
async function runFile(file: string): Promise<void> {
  // Restarts the timer of the root: it is for one file.
  t.setTimeout(120_000);
  t.comment(file);
  await import(pathToFileURL(file).href);
  while (!t.idle) await delay(1);
}

for (;;) {
  const next = once(process, 'message');
  // tap lets the process end while it waits for a message.
  process.channel?.ref();
  process.send?.('idle');
  const [file] = await next;
  if (file === '') break;
  await runFile(file);
}
t.end = end;
process.disconnect();
