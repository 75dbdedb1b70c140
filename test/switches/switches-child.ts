/**
 * A process that opens a file of switches, sets some, and is killed.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DEFAULT_SETTING } from '../../src/switches/setting.ts';
import { Switches } from '../../src/switches/store.ts';

const self = fileURLToPath(import.meta.url);

/** Sets the host's switch to 0, and that of these containers, in a process that then dies of SIGKILL. */
export async function setAndDie(path: string, boot: string, ...keys: bigint[]): Promise<void> {
  const child = spawn(process.execPath, [self, path, boot, ...keys.map(String)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = await once(child, 'exit');
  if (signal !== 'SIGKILL') throw new Error('the child was not killed');
}

if (process.argv[1] === self) {
  const [, , path = '', boot = '', ...keys] = process.argv;
  const switches = new Switches(path, boot, DEFAULT_SETTING);
  switches.host = { ...switches.host, on: false };
  for (const key of keys) switches.set(BigInt(key), { on: false, files: 3 });
  process.kill(process.pid, 'SIGKILL');
}
