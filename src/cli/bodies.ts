/**
 * Renders files for commands that need no mount.
 * @module
 */

import { UserError } from '../base/user-error.ts';
import type { Container } from '../containers/container.ts';
import { LoadSampler } from '../sampling/load-sampler.ts';
import type { Renderer } from '../serving/renderer.ts';
import { TextWriter } from '../views/text.ts';
import type { View } from '../views/view.ts';

/** Bytes of the largest file. */
const MAX_BODY = 32 << 20;

/** A writer that is large enough for any file. */
export const bodyWriter = (): TextWriter => new TextWriter(new Uint8Array(MAX_BODY));

/** Counts a container's tasks once, as the daemon does every 5 seconds. */
export function countTasks({ ledger, resolver, layout }: Renderer, container: Container): void {
  new LoadSampler(ledger, resolver.proc, layout).add(container);
}

/** Writes the host's own file; throws UserError if it cannot be read. */
export function renderHost(renderer: Renderer, view: View, out: TextWriter): void {
  const error = renderer.renderHost(view, out);
  if (error < 0) throw new UserError(`cannot read the host's ${view.path}: errno ${-error}`);
}
