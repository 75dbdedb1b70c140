/** Builds `crowd.c` and speaks with it: many containers with cgroups of their own, and readers in them. */
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

/** Of one open, read to EOF and close, in us. */
export type Latency = z.infer<typeof latencyShape>;

export interface Reading {
  readonly group: number;
  readonly member: Member;
  readonly readers: number;
  /** Milliseconds from one round of all files to the next; 0: without a pause. */
  readonly period: number;
  readonly seconds: number;
  readonly files: readonly string[];
}

/** One container of the crowd. */
export interface Member {
  readonly index: number;
  readonly init: number;
  /** One cgroup.procs for each hierarchy. */
  readonly joins: readonly string[];
  readonly cleanup: Cleanup;
}

export interface Shape {
  readonly processes: number;
  /** Of each process. */
  readonly threads: number;
  /** How many of its processes spin. */
  readonly busy: number;
}

export class Crowd {
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
   * Compiles what it takes: needs gcc (or what CC names). All of it ends with `cleanup`. The containers have one cgroup
   * above them, `name`, as those of Docker, Podman and Kubernetes have.
   */
  static async open(
    root: string,
    name: string,
    limits: Limits,
    cleanup: Cleanup,
    signal: AbortSignal,
  ): Promise<Crowd> {
    const binary = await compile(root, 'containers', ['-static'], signal);
    createCgroup(name, 1, null, cleanup);
    const crowd = new Crowd(start(binary, [], signal), name, limits);
    cleanup.add('crowd', () => crowd.#close());
    return crowd;
  }

  async #ask(command: string): Promise<string> {
    this.#child.write(`${command}\n`);
    const answer = await this.#child.line();
    if (answer === undefined) throw new Error(`crowd: ${this.#child.errors() || 'it has ended'}`);
    return answer;
  }

  /** Starts one container, limited as all are. */
  async start({ processes, threads, busy }: Shape): Promise<Member> {
    const cleanup = new Cleanup();
    const { joins } = createCgroup(`${this.#name}/${this.#made++}`, 1, this.#limits, cleanup);
    const answer = await this.#ask(`start ${processes} ${threads} ${busy} ${joins.join(' ')}`);
    const [, index = 0, init = 0] = answer.split(' ').map(Number);
    const member = { index, init, joins, cleanup };
    this.#members.add(member);
    return member;
  }

  /** Ends one, and removes its cgroups. */
  async stop(member: Member): Promise<void> {
    await this.#ask(`stop ${member.index}`);
    this.#members.delete(member);
    const failures = await member.cleanup.run();
    if (failures.length > 0) throw new Error(failures.join('; '));
  }

  /** Begins to read in one container. */
  async read({ group, member, readers, period, seconds, files }: Reading): Promise<void> {
    const numbers = [group, member.index, readers, period * 1000, seconds];
    await this.#ask(`read ${numbers.join(' ')} ${files.join(' ')}`);
  }

  /** Waits for all that was begun to end, and tells what one group has seen. */
  async result(group: number): Promise<Latency> {
    return latencyShape.parse(JSON.parse(await this.#ask(`result ${group}`)));
  }

  async #close(): Promise<void> {
    this.#child.closeInput();
    await this.#child.ended();
    for (const { cleanup } of this.#members) await cleanup.run();
  }
}
