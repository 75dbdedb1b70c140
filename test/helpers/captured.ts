/**
 * The captured hosts of test/fixtures, rendered at the moment of their capture.
 * @module
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { configSchema } from '../../src/config/schema.ts';
import type { Container } from '../../src/containers/container.ts';
import { scanContainers } from '../../src/discovery/scan.ts';
import { native } from '../../src/native/addon.ts';
import type { NativeSources, SourceSpec } from '../../src/native/sources.ts';
import { LOAD_PERIOD } from '../../src/sampling/load-sample.ts';
import { LoadSampler } from '../../src/sampling/load-sampler.ts';
import type { Sample } from '../../src/sampling/sample.ts';
import { Renderer } from '../../src/serving/renderer.ts';
import { views } from '../../src/views/registry.ts';
import { TextWriter } from '../../src/views/text.ts';
import type { View } from '../../src/views/view.ts';
import { archives, unpacked } from './fixtures.ts';

/** Directories of the captured hosts that have all that procview reads. */
const trees: ReadonlyMap<string, string> = new Map(
  archives
    .map((host) => [host, unpacked(host)] as const)
    .filter(([, tree]) => fs.existsSync(join(tree, 'proc/self/mountinfo'))),
);

/** Names of the captured hosts. */
export const hosts: readonly string[] = [...trees.keys()];

/** A path of a captured host. */
export const pathOn = (host: string, path: string): string =>
  join(trees.get(host) ?? `no captured host ${host}`, path);

/** The roots of a captured host, as configuration. */
export function rootsOf(host: string): { proc: string; sys: string; cgroup: string } {
  const cgroup = pathOn(host, 'cgroup');
  return {
    proc: pathOn(host, 'proc'),
    sys: pathOn(host, 'sys'),
    cgroup: fs.existsSync(cgroup) ? cgroup : pathOn(host, 'sys/fs/cgroup'),
  };
}

/** A file of the host's own, as text. */
export const hostFile = (host: string, path: string): string =>
  fs.readFileSync(pathOn(host, path), 'latin1');

/** Whether that host's kernel has the file. */
export const hasFile = (host: string, path: string): boolean => fs.existsSync(pathOn(host, path));

/** Microseconds since boot at which the capture ended. */
export const captureTime = (host: string): number =>
  Math.round(Number(hostFile(host, 'proc/uptime').split(' ')[0]) * 1e6);

const RealSources = native.Sources;

/** The time that stopped clocks show, in microseconds since boot. */
let now = 0;

/** Stops the clocks that samplers read, so that all figures are the same in every run. */
function stopClocks(host: string): void {
  now = captureTime(host);
  class StoppedSources extends RealSources {
    override sample(groups: number): number {
      super.sample(groups);
      return now;
    }
  }
  const Sources: { new (specs: readonly SourceSpec[], slots: Float64Array): NativeSources } =
    StoppedSources;
  Object.defineProperty(native, 'Sources', { value: Sources, configurable: true });
  Object.defineProperty(native, 'bootTime', { value: () => now, configurable: true });
  const btime = Number(/^btime (\d+)$/m.exec(hostFile(host, 'proc/stat'))?.[1]);
  const date = btime * 1000 + now / 1000;
  Date.now = () => date;
}

/** One captured host. The clocks of the process are those of the host that was opened last. */
export class Captured {
  readonly host: string;
  readonly renderer: Renderer;
  readonly containers: readonly Container[];
  readonly #load: LoadSampler;

  /** @param state an empty directory for the ledger */
  constructor(host: string, state: string) {
    stopClocks(host);
    this.host = host;
    const config = configSchema.parse({ state, roots: rootsOf(host) });
    this.renderer = new Renderer(config, 'exclusive');
    this.containers = scanContainers(this.renderer.resolver);
    const { ledger, resolver, layout } = this.renderer;
    this.#load = new LoadSampler(ledger, resolver.proc, layout);
    this.#takeLoad();
  }

  /** Adds the containers one period before the capture, and samples them at the capture. */
  #takeLoad(): void {
    now -= LOAD_PERIOD;
    for (const container of this.containers) this.#load.add(container);
    now += LOAD_PERIOD;
    this.#load.tick();
  }

  /** The views of files that this kernel has. */
  get views(): readonly View[] {
    return views.filter((view) => this.renderer.has(view));
  }

  /**
   * The body that a container reads.
   * @throws {Error} if the container has no figures of its own
   */
  render(container: Container, view: View, buffer = new Uint8Array(1 << 20)): Buffer {
    const out = new TextWriter(buffer);
    const sampler = this.renderer.sampler(container);
    const done = this.renderer.renderContainer(view, sampler, out);
    sampler.close();
    if (!done) throw new Error(`${this.host}: ${container.id} has no ${view.path} of its own`);
    return Buffer.from(out.bytes.subarray(0, out.length));
  }

  /** The sample that a view of the container is rendered from. */
  sample(container: Container, view: View): Sample {
    return this.renderer.sampler(container).sample(view.needs);
  }
}
