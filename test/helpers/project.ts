/**
 * The project's directory, seen from a compiled test.
 * @module
 */
import { fileURLToPath } from 'node:url';

export const project = fileURLToPath(new URL('../../../', import.meta.url));
