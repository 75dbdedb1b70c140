/**
 * Renders a view for a container: samples the container and writes the view's text, or the host's own bytes where
 * the container has no figures. The serving threads and `show` use it.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../base/boot-id.ts';
import { type CgroupLayout, cgroupLayout } from '../cgroup/layout.ts';
import type { Config } from '../config/schema.ts';
import type { Container } from '../containers/container.ts';
import { Resolver } from '../containers/resolve.ts';
import { native } from '../native/addon.ts';
import { Overlays } from '../overlay/overlays.ts';
import { ContainerSampler, Unavailable } from '../sampling/container-sampler.ts';
import { Host } from '../sampling/host.ts';
import { Ledger, type LedgerMode } from '../sampling/ledger.ts';
import { memoryKeys } from '../sampling/memory-sources.ts';
import type { SamplerContext } from '../sampling/sampler-context.ts';
import type { TextWriter } from '../views/text.ts';
import type { View } from '../views/view.ts';

/** The ledger's file in the state directory. */
export const ledgerFile = (config: Config): string => join(config.state, 'ledger');

/** Without a limit of its length: a node has a mount for each container. */
function readMountinfo(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${file}: cannot read: ${message}; is it a procfs?`, { cause: error });
  }
}

/** The host's cgroup hierarchies. Throws if none is mounted, because no container could be found then. */
export function findCgroups(roots: Config['roots']): CgroupLayout {
  const file = join(roots.proc, 'self/mountinfo');
  const layout = cgroupLayout(readMountinfo(file), roots.cgroup);
  if (layout.size > 0) return layout;
  throw new Error(`${file}: no cgroup hierarchy is mounted; mount cgroup2 at /sys/fs/cgroup`);
}

/** Holds everything that one thread needs to render views. */
export class Renderer {
  readonly host: Host;
  readonly resolver: Resolver;
  readonly ledger: Ledger;
  readonly layout: CgroupLayout;
  readonly overlays: Overlays;
  readonly roots: Config['roots'];
  readonly #shared: SamplerContext;

  constructor(config: Config, mode: LedgerMode) {
    const { roots, policies } = config;
    this.roots = roots;
    this.layout = findCgroups(roots);
    this.overlays = new Overlays(roots.sys);
    this.host = new Host(roots.proc, roots.sys);
    this.resolver = new Resolver(roots.proc, this.layout);
    this.ledger = new Ledger(ledgerFile(config), this.host.possibleCpus, bootId(roots.proc), mode);
    this.#shared = {
      host: this.host,
      layout: this.layout,
      ledger: this.ledger,
      memoryKeys: memoryKeys(this.host.vmstatKeys),
      policies,
    };
  }

  sampler(container: Container): ContainerSampler {
    return new ContainerSampler(container, this.#shared);
  }

  /** Whether this task gets the text for 32-bit tasks. Only cpuinfo of arm64 has one. */
  isLinux32(view: View, pid: number): boolean {
    if (process.arch !== 'arm64' || !view.needs.includes('cpuinfo')) return false;
    return this.resolver.proc.isLinux32(pid);
  }

  /**
   * Writes a container's view. Returns false if the container has no figures for it: the caller then writes the
   * host's bytes. Passes on the errors of the view.
   * @param linux32 see isLinux32
   */
  renderContainer(
    view: View,
    sampler: ContainerSampler,
    out: TextWriter,
    linux32 = false,
  ): boolean {
    out.reset();
    try {
      view.render(sampler.sample(view.needs, linux32), out);
    } catch (error) {
      if (error instanceof Unavailable) return false;
      throw error;
    }
    out.finish();
    return true;
  }

  /** The host's file that a view imitates. */
  hostFile(view: View): string {
    const [root, ...rest] = view.path.split('/');
    return join(root === 'sys' ? this.roots.sys : this.roots.proc, ...rest);
  }

  /** Whether this kernel has the view's file. */
  has(view: View): boolean {
    return existsSync(this.hostFile(view));
  }

  /** Writes the host's own file, byte for byte. Returns 0 or a negative errno. */
  renderHost(view: View, out: TextWriter, linux32 = false): number {
    const length = native.readFile(this.hostFile(view), out.bytes, linux32);
    out.length = Math.max(0, length);
    return Math.min(0, length);
  }
}
