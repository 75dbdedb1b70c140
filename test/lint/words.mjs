/**
 * Finds words that a first-time reader would not understand: metaphors and pronouns without a noun, in source, tests and
 * documentation. `npm run check` runs it. Arguments limit it to some paths: `node test/lint/words.mjs src/views README.md`.
 * It prints each place with a better word, and then exits with 1.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** What must not occur, and what to write instead. Names in code count as their words: `tellAll`, `tell_all`. */
const rules = [
  [/(?<![a-z])(tells?|telling|told)(?![a-z])/i, 'print, show, report, return, say which'],
  [/\banew\b/i, 'again, a new'],
  [/\bwho(so)?ever\b/i, 'a process that, anyone who'],
  [
    /(^|[.;:,(*/]|\b(of|for|by|to|from|with|and|or|as|if|than|is|are|whether|on|in|at|not|but|only))\s+who\b/i,
    'name the subject: a process that, the container that, which user',
  ],
  [/stand-?in(?![a-z])/i, 'fallback server'],
  [/still-?files/i, 'change detector'],
  [
    /(?<![a-z])(residents|census|admission|healing|lateness|patience|strangers?|tally|attendant|leftovers?|heed\w*|desk)(?![a-z])/i,
    'the term of the glossary',
  ],
  [/\bbook(s|ed|ing)\b|\bbook\(/i, 'record, add'],
  [/\bheal(s|ed|er)?\b/i, 'mount again, replace'],
  [/\b(a|each|every|first|last|next|one|this|two) looks?\b(?! like)/i, 'a check, a scan'],
  [/\b(whom|mended|lest|thereof|wherein|hitherto|whereupon)\b/i, 'a word of today'],
];

/** Texts of the project. Without data, other people's texts, and this list itself. */
const checked = /(\.(ts|mjs|cc|c|h|md|sh|service|sysconfig|gyp)|\/(Makefile|run|init))$/;
const skipped =
  /^(\.git|\.tap|dist|node_modules|test\/(fixtures|golden))\/|\/build\/|^test\/lint\/words/;

/** `someName` and `SOME_NAME` as words, beside the text as it stands. */
const split = (line) => line.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ');

/** Files of a folder and below, as paths in the project. */
const filesBelow = (folder) =>
  readdirSync(join(project, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.test(`${path}/`) ? [] : filesBelow(path);
    return entry.isFile() && checked.test(path) && !skipped.test(path) ? [path] : [];
  });

const limits = process.argv.slice(2).map((path) => path.replace(/\/$/, ''));
const isAsked = (file) =>
  limits.length === 0 || limits.some((path) => file === path || file.startsWith(`${path}/`));
let found = 0;
for (const file of filesBelow('').filter(isAsked)) {
  const lines = readFileSync(`${project}${file}`, 'latin1').split('\n');
  for (const [index, line] of lines.entries()) {
    const text = split(line);
    for (const [pattern, advice] of rules) {
      const word = pattern.exec(text)?.[0];
      if (word === undefined) continue;
      found++;
      process.stderr.write(`${file}:${index + 1}: "${word.trim()}": ${advice}\n`);
    }
  }
}
process.exitCode = found > 0 ? 1 : 0;
