/**
 * A runtime's client in the foreground: it hands on what the entry point prints, and ends with it.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { until } from '../helpers/command.ts';
import type { ContainerOptions } from '../helpers/container-kind.ts';

/** Printed when the test's script has ended. */
const READY = 'pvtest-ready\n';

/** The path of the programs inside. */
export const PATH = 'PATH=/usr/sbin:/usr/bin';

/** The container's entry point: the test's script, then rest. */
export function entryPoint({ script = '' }: ContainerOptions): string[] {
  return ['/bin/sh', '-c', `${script}\necho ${READY.trim()}; exec sleep infinity`];
}

/** `NAME=value` of the environment that the test asks for, and of what programs need. */
export function environment({ env = {} }: ContainerOptions): string[] {
  return [PATH, 'TERM=dumb', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
}

/** `NAME=value`, each behind a flag. */
export function flagged(flag: string, pairs: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(pairs).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}

/** The pid that a runtime writes to a file, maybe after the entry point has begun. */
export async function pidIn(file: string): Promise<number> {
  const text = (): string => (fs.existsSync(file) ? fs.readFileSync(file, 'latin1') : '');
  await until(`a pid in ${file}`, () => /^\d+/.test(text()));
  return Number.parseInt(text(), 10);
}

export class Client {
  readonly #child: ChildProcess;
  #text = '';
  #complaints = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding('latin1').on('data', (piece: string) => {
      this.#text += piece;
    });
    child.stderr?.setEncoding('latin1').on('data', (piece: string) => {
      this.#complaints += piece;
    });
    child.on('error', ({ message }) => {
      this.#complaints += message;
    });
  }

  /** Runs it until the entry point has done the test's script. Throws what it said if it ends before. */
  static async run(argv: readonly string[]): Promise<Client> {
    const [file = '', ...rest] = argv;
    const client = new Client(spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'] }));
    try {
      await until(`the container of ${argv.join(' ')} is up`, () => {
        if (client.hasEnded) throw new Error(`${argv.join(' ')}: ${client.said}`);
        return client.#text.includes(READY);
      });
    } catch (error) {
      client.kill();
      throw error;
    }
    return client;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return (
      this.#child.pid === undefined ||
      this.#child.exitCode !== null ||
      this.#child.signalCode !== null
    );
  }

  /** What the entry point has printed before it was ready. */
  get printed(): string {
    return this.#text.split(READY)[0] ?? '';
  }

  /** All that it and the container have said, for messages. */
  get said(): string {
    return `${this.#complaints}${this.#text}`.trim();
  }

  kill(): void {
    if (!this.hasEnded) this.#child.kill('SIGKILL');
  }
}
