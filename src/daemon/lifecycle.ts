/**
 * What the main thread does with each container from when it is found until it is gone: its load is
 * sampled, its switch set to what it declares, its files attached.
 * @module
 */
import type { AttachTarget } from '../api/attach.ts';
import { Refusal } from '../api/control.ts';
import { Refused } from '../attach/apply.ts';
import { Attacher } from '../attach/attacher.ts';
import { HostCover } from '../attach/host-cover.ts';
import { ownerOf } from '../attach/owner.ts';
import type { Outcome } from '../attach/plan.ts';
import { targetsOf } from '../attach/targets.ts';
import type { Logger } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import type { Container } from '../containers/container.ts';
import { type Discovered, Discovery } from '../discovery/discovery.ts';
import { LoadSampler } from '../sampling/load-sampler.ts';
import type { Renderer } from '../serving/renderer.ts';
import { type Configured, setInitial } from '../switches/initial.ts';
import { switchKey } from '../switches/lineage.ts';
import { openSwitches } from '../switches/open.ts';
import type { Switches } from '../switches/store.ts';

/** Milliseconds after which a container's own program runs. */
const DECLARED = 1_000;

/** A request for a container that cannot be served: what it asks for is right, its time is not. */
const CONFLICT = 409;

export class Admission {
  readonly load: LoadSampler;
  readonly switches: Switches;
  readonly #config: Config;
  readonly #renderer: Renderer;
  readonly #log: Logger;
  readonly #discovery: Discovery;
  readonly #attacher: Attacher;
  readonly #hostCover: HostCover;

  constructor(config: Config, renderer: Renderer, log: Logger) {
    this.#config = config;
    this.#renderer = renderer;
    this.#log = log;
    const { ledger, resolver, layout } = renderer;
    this.load = new LoadSampler(ledger, resolver.proc, layout);
    this.switches = openSwitches(config, 'daemon');
    for (const finding of [...ledger.findings, ...this.switches.findings]) log.error({}, finding);
    this.switches.configure();
    this.#attacher = new Attacher({
      source: {
        ...{ proc: resolver.proc, mount: config.mount, owner: ownerOf(config.state) },
        targets: targetsOf(renderer),
      },
      log,
      current: (key) => this.#discovery.containers.get(key)?.container,
    });
    this.#hostCover = new HostCover(resolver.proc, config.mount);
    this.#discovery = new Discovery({
      resolver,
      layout,
      hostRoot: config.roots.host,
      log,
      found: (discovered) => this.#found(discovered),
      gone: ({ container }) => this.#gone(container),
    });
  }

  /** How many containers there are. */
  get size(): number {
    return this.#discovery.containers.size;
  }

  /** Finds all there are before it returns. What is set for containers that are gone by then is forgotten. */
  start(): void {
    // Who is set while we look is not among these.
    const set = this.switches.keys();
    this.#discovery.start();
    const containers = [...this.#discovery.containers.values()];
    if (!this.#config.attach)
      for (const { container } of containers) this.#attacher.heal(container);
    const alive = new Set(containers.map(({ container }) => switchKey(container)));
    for (const key of set) if (!alive.has(key)) this.switches.forget(key);
    if (this.#config.isolation.hostSysctl) this.#coverHost();
  }

  #coverHost(): void {
    const failed = this.#hostCover.attach().filter(({ state }) => state !== 'attached');
    if (failed.length > 0) this.#log.warn({ failed }, 'sysctl of the host has no switch');
  }

  /** Ends, and leaves everything to who serves next. */
  leave(): void {
    this.#discovery.close();
    this.#attacher.close();
    // Who serves next looks at the host's own parameters before it serves.
    if (this.#config.isolation.hostSysctl) this.#hostCover.detach();
  }

  /** Leaves every container with its own files, whoever asked for ours. Call it before the mount goes. */
  stop(): void {
    this.#discovery.close();
    this.#attacher.close();
    if (this.#config.isolation.hostSysctl) this.#hostCover.detach();
    for (const { container } of this.#discovery.containers.values()) {
      this.#attacher.detach(container);
    }
  }

  /** Attaches what a hook asks for. Throws Refusal. */
  async attachAt(target: AttachTarget): Promise<readonly Outcome[]> {
    const { pid, root, masked, readOnly } = target;
    const container = this.#renderer.resolver.ofTask(pid);
    if (container) this.#setInitial(container, { ...target, labels: new Map() });
    const started = this.#renderer.resolver.proc.startTime(pid);
    if (Number.isNaN(started)) throw new Refusal(`pid ${pid} does not run`, CONFLICT);
    try {
      const subject = { init: pid, started, root, later: { masked, readOnly } };
      return this.#attacher.attach(`pid ${pid}`, subject);
    } catch (error) {
      if (error instanceof Refused) throw new Refusal(error.message, CONFLICT);
      throw error;
    }
  }

  #found(discovered: Discovered): void {
    const { container } = discovered;
    this.load.add(container);
    this.#declare(container.key);
    // Its first process may still be its runtime's, with another environment.
    setTimeout(() => this.#declare(container.key), DECLARED).unref();
    if (this.#config.attach) this.#attacher.found(container);
  }

  #declare(key: string): void {
    const found = this.#discovery.containers.get(key);
    if (found) this.#setInitial(found.container, found.metadata);
  }

  #setInitial(container: Container, configured: Configured): void {
    const { resolver } = this.#renderer;
    const { policy } = this.#config.isolation;
    const on = setInitial(this.switches, resolver, container, configured, policy);
    if (on !== null) this.#log.info({ id: container.id, on }, 'container declares its switch');
  }

  #gone(container: Container): void {
    this.switches.forget(switchKey(container));
    this.#attacher.gone(container);
  }
}
