/**
 * `npm run docs`: writes docs/views.md.
 * @module
 */
import { writeFileSync } from 'node:fs';
import { views } from '../src/views/registry.ts';
import { viewsPage } from './views-page.ts';

writeFileSync(new URL('../../docs/views.md', import.meta.url), viewsPage(views));
