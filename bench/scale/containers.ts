/** Many containers with their own cgroups, and readers in them: builds programs/containers.c and controls it. */
import { z } from 'zod';
import { createCgroup, type Limits } from '../harness/cgroup.ts';
import { type Child, start } from '../harness/child.ts';
import { Cleanup } from '../harness/cleanup.ts';
import { compile } from '../harness/compile.ts';

const latencyShape = z.object({
  reads: z.number(),
  errors: z.number(),
  p50: z.number(),
  p99: z.number(),
  max: z.number(),
});

/** Latencies of one open, read to EOF and close, us. */
export type Latency = z.infer<typeof latencyShape>;

export interface Reading {
  readonly group: number;
  readonly member: Member;
  readonly readers: number;
  /** Interval of the rounds over all files, ms; 0: without a pause. */
  readonly period: number;
  readonly seconds: number;
  readonly files: readonly string[];
}

/** One container. */
export interface Member {
  readonly index: number;
  readonly init: number;
  /** cgroup.procs of each hierarchy. */
  readonly joins: readonly string[];
  readonly cleanup: Cleanup;
}

export interface Shape {
  readonly processes: number;
  /** Threads of each process. */
  readonly threads: number;
  /** Number of processes that spin. */
  readonly busy: number;
}

export class ContainerPool {
  readonly #child: Child;
  readonly #name: string;
  readonly #limits: Limits;
  readonly #members = new Set<Member>();
  #made = 0;

  private constructor(child: Child, name: string, limits: Limits) {
    this.#child = child;
    this.#name = name;
    this.#limits = limits;
  }

  /**
   * Compiles and starts the program; needs gcc, or the compiler in CC. `cleanup` ends everything. The containers have one
   * parent cgroup `name`, as with Docker, Podman and Kubernetes.
   */
  static async open(
    root: string,
    name: string,
    limits: Limits,
    cleanup: Cleanup,
    signal: AbortSignal,
  ): Promise<ContainerPool> {
    const binary = await compile(root, 'containers', ['-static'], signal);
    createCgroup(name, 1, null, cleanup);
    const pool = new ContainerPool(start(binary, [], signal), name, limits);
    cleanup.add('containers', () => pool.#close());
    return pool;
  }

  async #request(command: string): Promise<string> {
    this.#child.write(`${command}\n`);
    const answer = await this.#child.line();
    if (answer === undefined)
      throw new Error(`containers: ${this.#child.errors() || 'it has ended'}`);
    return answer;
  }

  /** Starts one container with the limits of all. */
  async start({ processes, threads, busy }: Shape): Promise<Member> {
    const cleanup = new Cleanup();
    const { joins } = createCgroup(`${this.#name}/${this.#made++}`, 1, this.#limits, cleanup);
    const answer = await this.#request(`start ${processes} ${threads} ${busy} ${joins.join(' ')}`);
    const [, index = 0, init = 0] = answer.split(' ').map(Number);
    const member = { index, init, joins, cleanup };
    this.#members.add(member);
    return member;
  }

  /** Ends a container, and removes its cgroups. */
  async stop(member: Member): Promise<void> {
    await this.#request(`stop ${member.index}`);
    this.#members.delete(member);
    const failures = await member.cleanup.run();
    if (failures.length > 0) throw new Error(failures.join('; '));
  }

  /** Starts readers in one container. */
  async read({ group, member, readers, period, seconds, files }: Reading): Promise<void> {
    const numbers = [group, member.index, readers, period * 1000, seconds];
    await this.#request(`read ${numbers.join(' ')} ${files.join(' ')}`);
  }

  /** Waits until all readers have ended. Returns the latencies of one group. */
  async result(group: number): Promise<Latency> {
    return latencyShape.parse(JSON.parse(await this.#request(`result ${group}`)));
  }

  async #close(): Promise<void> {
    this.#child.closeInput();
    await this.#child.ended();
    for (const { cleanup } of this.#members) await cleanup.run();
  }
}
