/**
 * A process that uses a ledger file and ends, like a daemon that stops or is killed.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
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

/**
 * Runs a child that writes increasing numbers to all of these records until it is killed.
 * @returns a number that was in all of them before that
 */
export async function killedWriting(
  path: string,
  boot: string,
  keys: readonly number[],
  milliseconds: number,
): Promise<number> {
  const argv = [fileURLToPath(import.meta.url), 'write on', path, boot, ...keys.map(String)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = 0;
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    if (printed === 0) setTimeout(() => child.kill('SIGKILL'), milliseconds);
    printed = Number(piece.trimEnd().split('\n').at(-1)) || printed;
  });
  await once(child, 'close');
  return printed;
}

function writeOn(path: string, boot: string, keys: readonly number[]): never {
  const ledger = new Ledger(path, CPUS, boot, 'exclusive');
  const entries = keys.map((key) => ledger.entry(key, Number.NaN, 9));
  let value = 0;
  entries[0]?.peek(({ disks }) => {
    value = disks[0] ?? 0;
  });
  for (;;) {
    value++;
    for (const entry of entries) entry.update('disks', ({ disks }) => disks.fill(value));
    if (value % 500 === 1) writeSync(1, `${value}\n`);
  }
}

function run(errand: string, path: string, boot: string): void {
  const ledger = new Ledger(path, CPUS, boot, 'exclusive');
  if (errand === 'open') return;
  ledger.entry(ledgerKey('child'), Number.NaN, 9).update('cpu', ({ load }) => {
    load[Load.average1] = 4711;
    if (errand === 'die locked') process.kill(process.pid, 'SIGKILL');
  });
}

const [, script, errand, path, boot, ...keys] = process.argv;
if (script === fileURLToPath(import.meta.url) && errand && path && boot) {
  try {
    if (errand === 'write on') writeOn(path, boot, keys.map(Number));
    run(errand, path, boot);
  } catch (error) {
    process.stdout.write(String((error as NodeJS.ErrnoException).code));
  }
}
