/**
 * The work of the main thread for each container from discovery to its end: samples the load, sets the initial value
 * of the switch, attaches the files.
 * @module
 */
import type { AttachTarget } from '../api/attach.ts';
import type { ChangeRequest, ChangeResult } from '../api/changes.ts';
import { Refusal } from '../api/control.ts';
import { Refused } from '../attach/apply.ts';
import { Attacher } from '../attach/attacher.ts';
import { AutoAttach, logRefusal } from '../attach/auto-attach.ts';
import { changeContainer } from '../attach/change.ts';
import { HostCover } from '../attach/host-cover.ts';
import { ownerOf } from '../attach/owner.ts';
import type { Outcome } from '../attach/plan.ts';
import { targetsOf } from '../attach/targets.ts';
import type { Logger } from '../base/log.ts';
import type { Config } from '../config/schema.ts';
import type { Container } from '../containers/container.ts';
import { MetadataReader } from '../containers/metadata.ts';
import type { Resolver } from '../containers/resolve.ts';
import { type Discovered, Discovery } from '../discovery/discovery.ts';
import type { ContainerList } from '../discovery/find-container.ts';
import { Scanner } from '../discovery/scan.ts';
import { LoadSampler } from '../sampling/load-sampler.ts';
import type { Renderer } from '../serving/renderer.ts';
import { type Configured, setInitial } from '../switches/initial.ts';
import { switchKey } from '../switches/lineage.ts';
import { openSwitches } from '../switches/open.ts';
import type { Switches } from '../switches/store.ts';

/** Milliseconds after which the container's own program runs, with its own environment. */
const PROGRAM_STARTED_MS = 1_000;

/** HTTP status of a request that is valid, but not possible in the container's present state. */
const CONFLICT = 409;

export class ContainerLifecycle implements ContainerList {
  readonly load: LoadSampler;
  readonly switches: Switches;
  readonly #config: Config;
  readonly #metadata: MetadataReader;
  readonly #renderer: Renderer;
  readonly #log: Logger;
  readonly #discovery: Discovery;
  readonly #attacher: Attacher;
  readonly #autoAttach: AutoAttach;
  readonly #hostCover: HostCover;

  constructor(config: Config, renderer: Renderer, log: Logger) {
    this.#config = config;
    this.#renderer = renderer;
    this.#log = log;
    this.#metadata = new MetadataReader(config.roots.host);
    const { ledger, resolver, layout } = renderer;
    this.load = new LoadSampler(ledger, resolver.proc, layout);
    this.switches = openSwitches(config, 'daemon');
    for (const finding of [...ledger.findings, ...this.switches.findings]) log.error({}, finding);
    this.switches.configure();
    const { proc } = resolver;
    const { mount, state } = config;
    const source = { proc, mount, owner: ownerOf(state), targets: targetsOf(renderer) };
    this.#attacher = new Attacher(source, log);
    this.#autoAttach = new AutoAttach({
      attacher: this.#attacher,
      proc,
      log,
      current: (key) => this.#discovery.containers.get(key)?.container,
    });
    this.#hostCover = new HostCover(proc, mount);
    this.#discovery = new Discovery({
      resolver,
      layout,
      hostRoot: config.roots.host,
      log,
      found: (discovered) => this.#found(discovered),
      gone: ({ container }) => this.#gone(container),
    });
  }

  get resolver(): Resolver {
    return this.#renderer.resolver;
  }

  /** Number of containers. */
  get size(): number {
    return this.#discovery.containers.size;
  }

  /** Finds all running containers before it returns, and deletes the settings of containers that have ended. */
  start(): void {
    // Before the discovery: a container that gets a setting meanwhile keeps it.
    const set = this.switches.keys();
    this.#discovery.start();
    const containers = [...this.#discovery.containers.values()];
    if (!this.#config.attach) {
      for (const { container } of containers) {
        this.#logRefusal(container, () => this.#attacher.reattach(container.id, container));
      }
    }
    const alive = new Set(containers.map(({ container }) => switchKey(container)));
    for (const key of set) if (!alive.has(key)) this.switches.forget(key);
    if (this.#config.isolation.hostSysctl) this.#coverHost();
  }

  #coverHost(): void {
    const failed = this.#hostCover.attach().filter(({ state }) => state !== 'attached');
    if (failed.length > 0)
      this.#log.warn({ failed }, "cannot attach the switches to the host's sysctl");
  }

  /** Ends, and leaves mounts and switches to the next generation or daemon. */
  leave(): void {
    this.#discovery.close();
    this.#autoAttach.close();
    // The next daemon reads the host's own parameters before it serves.
    if (this.#config.isolation.hostSysctl) this.#hostCover.detach();
  }

  /** Detaches the files from every container, whatever attached them. Call it before the unmount. */
  stop(): void {
    this.#discovery.close();
    this.#autoAttach.close();
    if (this.#config.isolation.hostSysctl) this.#hostCover.detach();
    for (const { container } of this.#discovery.containers.values()) {
      this.#logRefusal(container, () => this.#attacher.detach(container.id, container));
    }
  }

  /** All running containers, also those that discovery has not reported yet. */
  scan(): readonly Container[] {
    const { resolver } = this.#renderer;
    const known = [...this.#discovery.containers].map(
      ([key, { container }]) => [key, container] as const,
    );
    const found = new Scanner(resolver, new Map(known)).scan();
    return [...found].filter((container) => container !== null);
  }

  /** The name that the runtime's commands use. */
  nameOf(container: Container): string {
    const { metadata } = this.#discovery.containers.get(container.key) ?? {};
    return (metadata ?? this.#metadata.read(container)).name;
  }

  /** Attaches or detaches one container for an operator. */
  change(action: ChangeRequest['action'], container: Container): ChangeResult {
    // Otherwise the next check of a container that was just found would attach the files again.
    if (action === 'detach') this.#autoAttach.remove(container);
    return changeContainer(this.#attacher, action, container);
  }

  /** Attaches the files for a runtime's hook. Throws Refusal. */
  async attachAt(target: AttachTarget): Promise<readonly Outcome[]> {
    const { pid, root, masked, readOnly } = target;
    const container = this.#renderer.resolver.ofTask(pid);
    if (container) this.#setInitial(container, { ...target, labels: new Map() });
    const started = this.#renderer.resolver.proc.startTime(pid);
    if (Number.isNaN(started)) throw new Refusal(`no process ${pid} is running`, CONFLICT);
    try {
      const subject = { init: pid, started, root, later: { masked, readOnly } };
      return this.#attacher.attach(`pid ${pid}`, subject);
    } catch (error) {
      if (error instanceof Refused) throw new Refusal(error.message, CONFLICT);
      throw error;
    }
  }

  #logRefusal(container: Container, step: () => void): void {
    logRefusal(this.#log, container, step);
  }

  #found(discovered: Discovered): void {
    const { container } = discovered;
    this.load.add(container);
    this.#readDeclaration(container.key);
    // Until then its init process may be the runtime's, with another environment.
    setTimeout(() => this.#readDeclaration(container.key), PROGRAM_STARTED_MS).unref();
    if (this.#config.attach) this.#autoAttach.add(container);
  }

  #readDeclaration(key: string): void {
    const found = this.#discovery.containers.get(key);
    if (found) this.#setInitial(found.container, found.metadata);
  }

  #setInitial(container: Container, configured: Configured): void {
    const { resolver } = this.#renderer;
    const { policy } = this.#config.isolation;
    const on = setInitial(this.switches, resolver, container, configured, policy);
    if (on !== null)
      this.#log.info({ id: container.id, on }, 'container declares the value of its switch');
  }

  #gone(container: Container): void {
    this.switches.forget(switchKey(container));
    this.#autoAttach.remove(container);
  }
}
