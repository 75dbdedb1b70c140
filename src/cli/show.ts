/**
 * `procview show`: renders a container's view without any mount.
 * @module
 */
import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Container } from '../containers/container.ts';
import type { Renderer } from '../renderer.ts';
import type { View } from '../views/view.ts';
import { bodyWriter, countTasks, renderHost } from './bodies.ts';
import { type Flags, fromFlags, withRoots } from './options.ts';
import { FILES, findContainer, findView } from './targets.ts';
import { withRenderer } from './with-renderer.ts';

function render(renderer: Renderer, container: Container | null, view: View): Uint8Array {
  const out = bodyWriter();
  if (container) {
    countTasks(renderer, container);
    if (renderer.renderContainer(view, renderer.sampler(container), out)) {
      return out.bytes.subarray(0, out.length);
    }
  }
  renderHost(renderer, view, out);
  return out.bytes.subarray(0, out.length);
}

export function show(program: Command): void {
  const command = program
    .command('show')
    .description("print a file as a container sees it (a host process: the host's)")
    .argument('<container|pid>', 'id, a unique beginning of it, or the pid of a process inside')
    .argument('<file>', FILES);
  withRoots(command).action((name: string, file: string, flags: Flags) => {
    const view = findView(file);
    const config = loadConfig(flags.config, fromFlags(flags));
    const body = withRenderer(config, (renderer) =>
      render(renderer, findContainer(renderer, name), view),
    );
    process.stdout.write(body);
  });
}
