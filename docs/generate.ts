/**
 * `npm run docs`: writes docs/views.md and docs/system-calls.md.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { views } from '../src/views/registry.ts';
import { systemCallsPage } from './differences.ts';
import { viewsPage } from './views-page.ts';

writeFileSync(new URL('../../docs/views.md', import.meta.url), viewsPage(views));
writeFileSync(new URL('../../docs/system-calls.md', import.meta.url), systemCallsPage());
