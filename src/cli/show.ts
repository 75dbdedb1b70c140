/**
 * `procview show`: prints a file as a container sees it, without a mount.
 * @module
 */
import type { Command } from 'commander';
import { UserError } from '../base/user-error.ts';
import { loadConfig } from '../config/load.ts';
import type { Container } from '../containers/container.ts';
import { findContainer } from '../discovery/find-container.ts';
import type { Renderer } from '../serving/renderer.ts';
import { featureOf } from '../switches/features.ts';
import { featuresOf } from '../switches/open.ts';
import { views } from '../views/registry.ts';
import type { View } from '../views/view.ts';
import { bodyWriter, countTasks, renderHost } from './bodies.ts';
import { type Flags, fromFlags, withRoots } from './options.ts';
import { containerList, FILES, findView } from './targets.ts';
import { CONTAINER } from './texts.ts';
import { withRenderer } from './with-renderer.ts';

interface Shown {
  readonly renderer: Renderer;
  /** Null: the host's file is shown. */
  readonly container: Container | null;
}

function render({ renderer, container }: Shown, view: View): Uint8Array {
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

/** A file in a directory whose entries depend on the container. */
function renderEntry({ renderer, container }: Shown, path: string): Uint8Array {
  const out = bodyWriter();
  const sampler = container && renderer.sampler(container);
  const error = renderer.overlays.read(path, sampler?.sample(['cpus']).cpus ?? null, out);
  sampler?.close();
  if (error < 0) throw new UserError(`cannot read ${path}: errno ${-error}`);
  return out.bytes.subarray(0, out.length);
}

export function show(program: Command): void {
  const command = program
    .command('show')
    .description("Print a file as a container sees it (for a host process: the host's file)")
    .argument('<container|pid>', CONTAINER)
    .argument('<file>', FILES);
  withRoots(command).action((name: string, file: string, flags: Flags) => {
    const config = loadConfig(flags.config, fromFlags(flags));
    const body = withRenderer(config, (renderer) => {
      const path = file.replace(/^\/+/, '');
      const inOverlay = renderer.overlays.roots.some((root) => path.startsWith(`${root}/`));
      const entry = inOverlay && !views.some((view) => view.path === path);
      const view = entry ? null : findView(file);
      const found = findContainer(containerList(renderer), name);
      const feature = featureOf(view?.path ?? path);
      const isolated = found && (featuresOf(config, found) & feature) !== 0;
      const shown = { renderer, container: isolated ? found : null };
      return view ? render(shown, view) : renderEntry(shown, path);
    });
    process.stdout.write(body);
  });
}
