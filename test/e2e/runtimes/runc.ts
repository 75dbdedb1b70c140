/**
 * Containers by runc.
 * @module
 */
import type { ContainerOptions, Started } from '../helpers/container-kind.ts';
import { startOci } from './oci.ts';
import { RUNC_FILES } from './root.ts';

export const startRunc = (options: ContainerOptions): Promise<Started> =>
  startOci({ command: (state) => ['runc', '--root', state], files: RUNC_FILES }, options);
