/**
 * Finds words that a first-time reader would not understand: metaphors and pronouns without a noun, in source, tests and
 * documentation. `npm run check` runs it. Arguments limit it to some paths: `node test/lint/words.mjs src/views README.md`.
 * It prints each place with a better word, and then exits with 1.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

/** Data, other people's texts, and this list itself. */
const skipped =
  /^(test\/(fixtures|golden)\/|test\/lint\/words|package-lock|LICENSE|.*\.(bin|json|ttar)$)/;

/** `someName` and `SOME_NAME` as words, beside the text as it stands. */
const split = (line) => line.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ');

const tracked = execFileSync('git', ['ls-files', '--', ...process.argv.slice(2)], {
  cwd: project,
  encoding: 'utf8',
});
let found = 0;
for (const file of tracked.split('\n').filter((name) => name !== '' && !skipped.test(name))) {
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
