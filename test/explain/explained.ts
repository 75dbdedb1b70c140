/**
 * Explanations of captured containers.
 * @module
 */
import type { Container } from '../../src/containers/container.ts';
import { explainView } from '../../src/explain/explain.ts';
import { views } from '../../src/views/registry.ts';
import { TextWriter } from '../../src/views/text.ts';
import type { View } from '../../src/views/view.ts';
import type { Captured } from '../helpers/captured.ts';

export function viewOf(file: string): View {
  const view = views.find(({ path }) => path === `proc/${file}`);
  if (!view) throw new Error(`no view ${file}`);
  return view;
}

export function containerOf(captured: Captured, id: string): Container {
  const container = captured.containers.find((each) => each.id === id);
  if (!container) throw new Error(`${captured.host}: no container ${id}`);
  return container;
}

/** The lines of `procview explain`, by key; @param hasLedger as if a daemon ran. */
export function explained(
  captured: Captured,
  id: string,
  file: string,
  hasLedger = true,
): ReadonlyMap<string, string> {
  const view = viewOf(file);
  const container = containerOf(captured, id);
  const sampler = captured.renderer.sampler(container);
  const sample = sampler.sample(view.needs);
  const out = new TextWriter(new Uint8Array(1 << 20));
  view.render(sample, out);
  const body = Buffer.from(out.bytes.subarray(0, out.length)).toString('latin1');
  const subject = { container, sample, trace: sampler.trace(), hasLedger };
  const lines = explainView(view, body, subject).map(({ key, text }) => [key, text] as const);
  sampler.close();
  return new Map(lines);
}
