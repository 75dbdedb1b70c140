/**
 * `procview show`: renders a container's view without any mount.
 * @module
 */
import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Container } from '../containers/container.ts';
import { scanContainers } from '../discovery/scan.ts';
import type { Renderer } from '../renderer.ts';
import { LoadSampler } from '../sampling/load-sampler.ts';
import { StartError } from '../start-error.ts';
import { views } from '../views/registry.ts';
import { TextWriter } from '../views/text.ts';
import type { View } from '../views/view.ts';
import { type Flags, fromFlags, withRoots } from './options.ts';
import { withRenderer } from './with-renderer.ts';

const BODY = 32 << 20;

/** Any unique end of a view's path names it: `meminfo`, `proc/meminfo`. */
function findView(name: string): View {
  const wanted = name.replace(/^\/+/, '');
  const found = views.filter(({ path }) => path === wanted || path.endsWith(`/${wanted}`));
  if (found.length === 1 && found[0]) return found[0];
  const known = views.map(({ path }) => path).join(', ');
  throw new StartError(`no file ${name}: choose one of ${known}`);
}

/** A container by pid, by id, or by a unique beginning of its id. Null: that pid is the host's. */
function findContainer(renderer: Renderer, name: string): Container | null {
  if (/^\d{1,10}$/.test(name)) {
    const text = renderer.resolver.proc.cgroup(Number(name));
    if (text !== null) return renderer.resolver.resolve(Number(name), text);
  }
  const all = scanContainers(renderer.resolver);
  const exact = all.filter(({ id }) => id === name);
  const found = exact.length > 0 ? exact : all.filter(({ id }) => id.startsWith(name));
  if (found.length === 1 && found[0]) return found[0];
  if (found.length > 1) throw new StartError(`${found.length} containers begin with ${name}`);
  throw new StartError(`no container or process ${name}: \`procview containers\` lists them`);
}

function render(renderer: Renderer, container: Container | null, view: View): Uint8Array {
  const out = new TextWriter(new Uint8Array(BODY));
  const { ledger, resolver, layout, host } = renderer;
  if (container) {
    new LoadSampler(ledger, resolver.proc, layout, host.possibleCpus).add(container);
    if (renderer.renderContainer(view, renderer.sampler(container), out)) {
      return out.bytes.subarray(0, out.length);
    }
  }
  const error = renderer.renderHost(view, out);
  if (error < 0) throw new StartError(`the host's ${view.path} cannot be read, errno ${-error}`);
  return out.bytes.subarray(0, out.length);
}

export function show(program: Command): void {
  const command = program
    .command('show')
    .description("print a file as a container sees it (a host process: the host's)")
    .argument('<container|pid>', 'id, a unique beginning of it, or the pid of a process inside')
    .argument('<file>', `one of ${views.map(({ path }) => path.replace('proc/', '')).join(', ')}`);
  withRoots(command).action((name: string, file: string, flags: Flags) => {
    const view = findView(file);
    const config = loadConfig(flags.config, fromFlags(flags));
    const body = withRenderer(config, (renderer) =>
      render(renderer, findContainer(renderer, name), view),
    );
    process.stdout.write(body);
  });
}
