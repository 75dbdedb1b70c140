/**
 * `procview explain`: prints each value of a file as a container sees it, and the source of the value.
 * @module
 */
import type { Command } from 'commander';
import { UserError } from '../base/user-error.ts';
import { loadConfig } from '../config/load.ts';
import type { Container } from '../containers/container.ts';
import { findContainer } from '../discovery/find-container.ts';
import { type Explanation, explainHost, explainView } from '../explain/explain.ts';
import { Unavailable } from '../sampling/container-sampler.ts';
import type { Renderer } from '../serving/renderer.ts';
import { featureOf } from '../switches/features.ts';
import { featuresOf } from '../switches/open.ts';
import type { TextWriter } from '../views/text.ts';
import type { View } from '../views/view.ts';
import { bodyWriter, countTasks, renderHost } from './bodies.ts';
import { near } from './near.ts';
import { type Flags, fromFlags, withRoots } from './options.ts';
import { printable } from './printable.ts';
import { containerList, FILES, findView } from './targets.ts';
import { CONTAINER } from './texts.ts';
import { withRenderer } from './with-renderer.ts';

const textOf = ({ bytes, length }: TextWriter): string =>
  Buffer.from(bytes.subarray(0, length)).toString('latin1');

function ofHost(renderer: Renderer, view: View, reason: string): Explanation[] {
  const out = bodyWriter();
  renderHost(renderer, view, out);
  return explainHost(view, textOf(out), reason);
}

/** Renders and explains the same sample, so that the values agree. */
function ofContainer(renderer: Renderer, view: View, container: Container): Explanation[] {
  countTasks(renderer, container);
  const sampler = renderer.sampler(container);
  const out = bodyWriter();
  try {
    const sample = sampler.sample(view.needs);
    view.render(sample, out);
    out.finish();
    const hasLedger = renderer.ledger.continued;
    const subject = { container, sample, trace: sampler.trace(), hasLedger };
    return explainView(view, textOf(out), subject);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return ofHost(renderer, view, `${container.id} has ${error.message}`);
  } finally {
    sampler.close();
  }
}

/** The explanations of one key, or of all. Throws UserError if there is no such key. */
function select(all: readonly Explanation[], key: string | undefined, file: string): Explanation[] {
  const found = all.filter((each) => key === undefined || each.key === key);
  if (found.length > 0 || key === undefined) return found;
  const names = near(key, [...new Set(all.map((each) => each.key))]);
  const hint =
    names.length > 0 ? `did you mean ${names.join(', ')}?` : 'leave it out to see all keys';
  throw new UserError(`no key ${key} in ${file}: ${hint}`);
}

export function explain(program: Command): void {
  const command = program
    .command('explain')
    .description('Explain each value of a file and the cgroup files it is computed from')
    .argument('<container|pid>', CONTAINER)
    .argument('<file>', FILES)
    .argument('[key]', 'only this line: MemTotal, cpu0, pgfault');
  withRoots(command).action((name: string, file: string, key: string | undefined, flags: Flags) => {
    const view = findView(file);
    const config = loadConfig(flags.config, fromFlags(flags));
    const all = withRenderer(config, (renderer) => {
      const container = findContainer(containerList(renderer), name);
      if (!container) return ofHost(renderer, view, `pid ${name} is a process of the host`);
      if ((featuresOf(config, container) & featureOf(view.path)) === 0) {
        return ofHost(renderer, view, `${container.id} is not isolated in this file`);
      }
      return ofContainer(renderer, view, container);
    });
    const lines = select(all, key, file).map(({ text }) => `${printable(text)}\n`);
    process.stdout.write(lines.join(''), 'latin1');
  });
}
