/**
 * A process that uses a ledger file and ends, as a daemon that stops or is killed does.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Ledger, Load, ledgerKey } from '../../src/sampling/ledger.ts';

const CPUS = 2;

/** What the child does: writes 4711 and ends; only opens; is killed in the middle of a change. */
export type Errand = 'write' | 'open' | 'die locked';

/** Runs a child; resolves to what it printed (an error's code), or the signal that killed it. */
export async function inChild(errand: Errand, path: string, boot: string): Promise<string> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), errand, path, boot]);
  const output: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => output.push(piece));
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return signal ?? Buffer.concat(output).toString();
}

function run(errand: string, path: string, boot: string): void {
  const ledger = new Ledger(path, CPUS, boot, 'exclusive');
  if (errand === 'open') return;
  ledger.entry(ledgerKey('child'), Number.NaN, 9).update(({ load }) => {
    load[Load.average1] = 4711;
    if (errand === 'die locked') process.kill(process.pid, 'SIGKILL');
  });
}

const [, script, errand, path, boot] = process.argv;
if (script === fileURLToPath(import.meta.url) && errand && path && boot) {
  try {
    run(errand, path, boot);
  } catch (error) {
    process.stdout.write(String((error as NodeJS.ErrnoException).code));
  }
}
