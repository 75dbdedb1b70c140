/**
 * Containers of all kinds: runs commands inside and reads files from inside.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { startCrun } from '../runtimes/crun.ts';
import { startCtr } from '../runtimes/ctr.ts';
import { startLxc } from '../runtimes/lxc.ts';
import { startNspawn, startSystemd } from '../runtimes/nspawn.ts';
import { startPodman } from '../runtimes/podman.ts';
import { startRunc } from '../runtimes/runc.ts';
import { startUnshare } from '../runtimes/unshare.ts';
import { type Cgroup, isV2 } from './cgroup.ts';
import { type Outcome, output, type RunOptions, run, until } from './command.ts';
import type { ContainerOptions, Kind, Started } from './container-kind.ts';
import { reader } from './programs.ts';

interface Runtime {
  start(options: ContainerOptions): Promise<Started>;
  /** Programs that it needs; every machine has those of unshare. */
  readonly programs: readonly string[];
}

const RUNTIMES: Readonly<Record<Kind, Runtime>> = {
  unshare: { start: startUnshare, programs: [] },
  crun: { start: startCrun, programs: ['crun'] },
  runc: { start: startRunc, programs: ['runc'] },
  podman: { start: startPodman, programs: ['podman', 'conmon', isV2 ? 'crun' : 'runc'] },
  ctr: { start: startCtr, programs: ['ctr', 'containerd', 'containerd-shim-runc-v2', 'runc'] },
  lxc: { start: startLxc, programs: ['lxc-start', 'lxc-attach'] },
  nspawn: { start: startNspawn, programs: ['systemd-nspawn'] },
  systemd: { start: startSystemd, programs: ['systemd-nspawn'] },
};

export class Container {
  readonly cgroup: Cgroup;
  readonly pid: number;
  /** Id by which the runtime knows it. */
  readonly id: string;
  /** Output of the entry point's script. */
  readonly printed: string;
  readonly #started: Started;
  readonly #children = new Set<ChildProcess>();

  constructor(started: Started) {
    this.#started = started;
    this.cgroup = started.cgroup;
    this.pid = started.pid;
    this.id = started.id;
    this.printed = started.printed;
  }

  /** Runs a command inside, as `docker exec` does. */
  exec(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return run(this.#started.enter(argv), options);
  }

  /** Runs a command that must succeed. Returns its stdout. */
  output(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    return output(this.#started.enter(argv), options);
  }

  /** Runs a command in the container's namespaces, but in another cgroup. */
  outputIn(cgroup: Cgroup, argv: readonly string[]): Promise<string> {
    return output(this.#started.enter(argv, cgroup));
  }

  /** Starts a command inside, by default in the container's cgroup; it gets EOF on stdin when the container ends. */
  start(argv: readonly string[], cgroup = this.cgroup): ChildProcess {
    const [file = '', ...rest] = this.#started.enter(argv, cgroup);
    const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    this.#children.add(child);
    return child;
  }

  /** Starts a process inside that reads files on request: a read uses next to none of the container's CPU time. */
  inside(): InsideReader {
    return new InsideReader(this.start([reader, 'serve']));
  }

  /**
   * Allocates and touches memory inside. Returns a function that frees it.
   * @param kind `huge` for huge pages, or the path of a new file to map
   */
  async hold(mebibytes: number, ...kind: string[]): Promise<() => Promise<void>> {
    const child = this.start([reader, 'hold', String(mebibytes), ...kind]);
    let printed = '';
    child.stdout?.on('data', (piece: Buffer) => {
      printed += piece.toString();
    });
    await until('the memory is touched', () => {
      if (child.exitCode !== null) throw new Error(`cannot hold ${mebibytes} MiB`);
      return printed.includes('ready');
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
export class InsideReader {
  readonly #child: ChildProcess;
  #text = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.setEncoding('latin1').on('data', (piece: string) => {
      this.#text += piece;
    });
  }

  /** Returns a file's whole text. Rejects with `errno N` if it cannot be read. */
  read(path: string): Promise<string> {
    return this.#request(path);
  }

  /** Reads a file of any size into the page cache. Returns its length. */
  async drain(path: string): Promise<number> {
    return Number(await this.#request(`drain ${path}`));
  }

  async #request(line: string): Promise<string> {
    this.#child.stdin?.write(`${line}\n`);
    await until(`reply to ${line}`, () => this.#text.includes('\0'));
    const [answer = '', rest = ''] = this.#text.split('\0');
    this.#text = rest;
    if (answer.startsWith('!')) throw new Error(`${line}: errno ${answer.slice(1)}`);
    return answer;
  }
}

/** The reason why this machine cannot start such a container, for `skip`; false if it can. */
export function skipReason(kind: Kind): string | false {
  const directories = (process.env['PATH'] ?? '').split(':');
  const missing = RUNTIMES[kind].programs.find(
    (program) => !directories.some((each) => fs.existsSync(join(each, program))),
  );
  return missing === undefined ? false : `no ${missing}: run deploy/setup.sh test`;
}

/** Starts a container that lives until the test ends. */
export async function startContainer(t: Test, options: ContainerOptions): Promise<Container> {
  const container = new Container(await RUNTIMES[options.kind ?? 'unshare'].start(options));
  t.teardown(() => container.stop());
  return container;
}
