/**
 * The captured trees of test/fixtures, rendered at the moment of their capture.
 * @module
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

export const project = fileURLToPath(new URL('../../../', import.meta.url));

const fixtures = join(project, 'test/fixtures');

/** Names of the captured hosts. */
export const hosts: readonly string[] = fs
  .readdirSync(fixtures)
  .filter((name) => fs.existsSync(join(fixtures, name, 'proc')));

/** The roots of a captured host, as configuration. */
export function rootsOf(host: string): { proc: string; sys: string; cgroup: string } {
  const tree = join(fixtures, host);
  return { proc: join(tree, 'proc'), sys: join(tree, 'sys'), cgroup: join(tree, 'cgroup') };
}

/** A file of the host's own, as text. */
export const hostFile = (host: string, path: string): string =>
  fs.readFileSync(join(fixtures, host, path), 'latin1');

/** Whether that host's kernel has the file. */
export const hasFile = (host: string, path: string): boolean =>
  fs.existsSync(join(fixtures, host, path));

/** Microseconds since boot at which the capture ended. */
export const captureTime = (host: string): number =>
  Math.round(Number(hostFile(host, 'proc/uptime').split(' ')[0]) * 1e6);

const RealSources = native.Sources;

/** What stopped samplers take for now. */
let now = 0;

/** Stops the clocks that samplers read: then all figures are the same in every run. */
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

/** One captured host. Only the one opened last has the right clock. */
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

  /** Containers are noticed one period before the capture, and sampled at it. */
  #takeLoad(): void {
    now -= LOAD_PERIOD;
    for (const container of this.containers) this.#load.add(container);
    now += LOAD_PERIOD;
    this.#load.tick();
  }

  /** All files that this kernel has. */
  get views(): readonly View[] {
    return views.filter((view) => this.renderer.has(view));
  }

  /** What a container reads; throws if its figures cannot be told. */
  render(container: Container, view: View, buffer = new Uint8Array(1 << 20)): Buffer {
    const out = new TextWriter(buffer);
    const sampler = this.renderer.sampler(container);
    const done = this.renderer.renderContainer(view, sampler, out);
    sampler.close();
    if (!done) throw new Error(`${this.host}: ${container.id} has no ${view.path} of its own`);
    return Buffer.from(out.bytes.subarray(0, out.length));
  }

  /** What its views are rendered from. */
  sample(container: Container, view: View): Sample {
    return this.renderer.sampler(container).take(view.needs);
  }
}

/** A container's name as a directory. */
export const directoryOf = ({ id }: Container): string => id.replaceAll('/', '-');

/** A view's path below a directory of golden files: /proc is left out. */
export const fileOf = ({ path }: View): string => path.replace(/^proc\//, '');
