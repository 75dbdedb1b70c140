/**
 * A runtime's client in the foreground: it prints the output of the entry point, and ends with it.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { until } from '../helpers/command.ts';
import type { ContainerOptions } from '../helpers/container-kind.ts';

/** The entry point prints it after the test's script. */
const READY = 'pvtest-ready\n';

/** PATH inside. */
export const PATH = 'PATH=/usr/sbin:/usr/bin';

/** The container's entry point: runs the test's script, then sleeps. */
export function entryPoint({ script = '' }: ContainerOptions): string[] {
  return ['/bin/sh', '-c', `${script}\necho ${READY.trim()}; exec sleep infinity`];
}

/** `NAME=value` for each variable of the entry point. */
export function environment({ env = {} }: ContainerOptions): string[] {
  return [PATH, 'TERM=dumb', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
}

/** `flag NAME=value` for each pair. */
export function flagged(flag: string, pairs: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(pairs).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}

/** The pid that a runtime writes to a file; some write it after the entry point has started. */
export async function pidIn(file: string): Promise<number> {
  const text = (): string => (fs.existsSync(file) ? fs.readFileSync(file, 'latin1') : '');
  await until(`a pid in ${file}`, () => /^\d+/.test(text()));
  return Number.parseInt(text(), 10);
}

export class Client {
  readonly #child: ChildProcess;
  #text = '';
  #errors = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding('latin1').on('data', (piece: string) => {
      this.#text += piece;
    });
    child.stderr?.setEncoding('latin1').on('data', (piece: string) => {
      this.#errors += piece;
    });
    child.on('error', ({ message }) => {
      this.#errors += message;
    });
  }

  /** Starts it, and waits until the entry point has run the script. Throws the client's output if it ends before. */
  static async run(argv: readonly string[]): Promise<Client> {
    const [file = '', ...rest] = argv;
    const client = new Client(spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'] }));
    try {
      await until(`the container of ${argv.join(' ')} has started`, () => {
        if (client.hasEnded) throw new Error(`${argv.join(' ')}: ${client.output}`);
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

  /** Output of the script. */
  get printed(): string {
    return this.#text.split(READY)[0] ?? '';
  }

  /** All output of the client and of the container, for error messages. */
  get output(): string {
    return `${this.#errors}${this.#text}`.trim();
  }

  kill(): void {
    if (!this.hasEnded) this.#child.kill('SIGKILL');
  }
}
