/**
 * Containers of the tests, whatever started them: what runs inside, and reading from inside.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Test } from 'tap';
import type { Cgroup } from './cgroup.ts';
import { type Outcome, output, type RunOptions, run, until } from './command.ts';
import { startCrun } from './container-crun.ts';
import type { ContainerOptions, Started } from './container-kind.ts';
import { startUnshare } from './container-unshare.ts';
import { reader } from './reader.ts';

export class Container {
  readonly cgroup: Cgroup;
  readonly pid: number;
  readonly #started: Started;
  readonly #children = new Set<ChildProcess>();

  constructor(started: Started) {
    this.#started = started;
    this.cgroup = started.cgroup;
    this.pid = started.pid;
  }

  /** Like `docker exec`: runs a command inside, to its end. */
  exec(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return run(this.#started.enter(argv), options);
  }

  /** The same for a command that must succeed. Returns what it printed. */
  output(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    return output(this.#started.enter(argv), options);
  }

  /** Runs a command in these namespaces, but in another cgroup. */
  outputIn(cgroup: Cgroup, argv: readonly string[]): Promise<string> {
    return output(this.#started.enter(argv, cgroup));
  }

  /** Starts a command inside, in a cgroup below, that lives until its stdin or the container ends. */
  start(argv: readonly string[], cgroup = this.cgroup): ChildProcess {
    const [file = '', ...rest] = this.#started.enter(argv, cgroup);
    const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    this.#children.add(child);
    return child;
  }

  /** A process inside that reads files when asked: reading costs the container next to nothing. */
  inside(): Inside {
    return new Inside(this.start([reader, 'serve']));
  }

  /**
   * Allocates and touches memory inside. Call what it returns to free it.
   * @param kind `huge` for huge pages, or the path of a new file to map
   */
  async hold(mebibytes: number, ...kind: string[]): Promise<() => Promise<void>> {
    const child = this.start([reader, 'hold', String(mebibytes), ...kind]);
    let said = '';
    child.stdout?.on('data', (piece: Buffer) => {
      said += piece.toString();
    });
    await until('the memory is touched', () => {
      if (child.exitCode !== null) throw new Error(`cannot hold ${mebibytes} MiB`);
      return said.includes('ready');
    });
    return async () => {
      child.stdin?.end();
      await until('the memory is freed', () => child.exitCode !== null);
    };
  }

  async stop(): Promise<void> {
    for (const child of this.#children) child.stdin?.destroy();
    await this.#started.stop();
    await this.cgroup.remove();
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

/** See {@link Container.inside}. */
export class Inside {
  readonly #child: ChildProcess;
  #text = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding('latin1').on('data', (piece: string) => {
      this.#text += piece;
    });
  }

  /** A file's whole text. */
  read(path: string): Promise<string> {
    return this.#ask(path);
  }

  /** Reads a file of any size, for what that does to the page cache. Returns its length. */
  async drain(path: string): Promise<number> {
    return Number(await this.#ask(`drain ${path}`));
  }

  async #ask(line: string): Promise<string> {
    this.#child.stdin?.write(`${line}\n`);
    await until(`an answer for ${line}`, () => this.#text.includes('\0'));
    const [answer = '', rest = ''] = this.#text.split('\0');
    this.#text = rest;
    if (answer.startsWith('!')) throw new Error(`${line}: errno ${answer.slice(1)}`);
    return answer;
  }
}

/** Starts a container that lives until the test ends. */
export async function startContainer(t: Test, options: ContainerOptions): Promise<Container> {
  const start = options.kind === 'crun' ? startCrun : startUnshare;
  const container = new Container(await start(options));
  t.teardown(() => container.stop());
  return container;
}
