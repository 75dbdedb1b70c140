/**
 * `npm run docs`: writes docs/views.md, docs/system-calls.md and the table of ages in docs/internals.md.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { views } from '../src/views/registry.ts';
import { systemCallsPage } from './differences.ts';
import { withMaxAges } from './max-ages.ts';
import { viewsPage } from './views-page.ts';

writeFileSync(new URL('../../docs/views.md', import.meta.url), viewsPage(views));
writeFileSync(new URL('../../docs/system-calls.md', import.meta.url), systemCallsPage());

const internals = new URL('../../docs/internals.md', import.meta.url);
writeFileSync(internals, withMaxAges(readFileSync(internals, 'utf8')));
