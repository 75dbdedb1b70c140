/**
 * A directory tree as one text that a reviewer can read. Headings divide it:
 *
 *     -- PATH --               a file: its content follows
 *     -- PATH = OTHER --       a file with the content of OTHER, which is above
 *     -- PATH -> TARGET --     a symbolic link
 *     -- PATH/ --              a directory without entries
 *     -- (NOTE) --             a note: files below it were read later and may repeat a path; the last one counts
 *
 * A path may begin with `/`; `WORD /PATH` is read as WORD/PATH. A heading of several words without a `/` is a note too.
 * After a file's path may stand `(mode 755)` if it is not 644, `(no newline)` if its last line has none, and
 * `(base64)` if the content is not text or has a line like a heading.
 * @module
 */

export type Entry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly content: Buffer;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'note'; readonly text: string };

const HEADING = /^-- (.*) --$/;
const DEFAULT_MODE = 0o644;
/** Characters of text: tab, newline, printable. Other bytes would not survive an editor. */
const TEXT = /^[\t\n\x20-\x7e]*$/;

/** What makes a path ambiguous in a heading. */
const AMBIGUOUS = / = | -> | \(|^\(|^\/|\/$|[^\x21-\x7e]/;

function heading(path: string, rest = ''): string {
  if (AMBIGUOUS.test(path)) throw new Error(`cannot archive the path ${JSON.stringify(path)}`);
  return `-- ${path}${rest} --\n`;
}

function formatContent(path: string, mode: number, content: Buffer): string {
  const attributes = mode === DEFAULT_MODE ? '' : ` (mode ${mode.toString(8)})`;
  const text = content.toString('latin1');
  if (!TEXT.test(text) || text.split('\n').some((line) => HEADING.test(line))) {
    const lines = content.toString('base64').replace(/.{1,76}/g, '$&\n');
    return `${heading(path, `${attributes} (base64)`)}${lines}`;
  }
  const cut = text === '' || text.endsWith('\n');
  return `${heading(path, cut ? attributes : `${attributes} (no newline)`)}${text}${cut ? '' : '\n'}`;
}

/** Formats a tree. A content that was seen before is a reference, if that is shorter. */
export function formatArchive(entries: Iterable<Entry>): string {
  const seen = new Map<string, string>();
  let text = '';
  for (const entry of entries) {
    if (entry.kind === 'note') text += `-- (${entry.text}) --\n`;
    else if (entry.kind === 'directory') text += `${heading(entry.path).slice(0, -4)}/ --\n`;
    else if (entry.kind === 'link') text += heading(entry.path, ` -> ${entry.target}`);
    else {
      const { path, mode, content } = entry;
      const key = `${mode} ${content.toString('latin1')}`;
      const other = seen.get(key);
      if (other !== undefined && other.length + 3 < content.length) {
        text += heading(path, ` = ${other}`);
      } else {
        text += formatContent(path, mode, content);
        seen.set(key, path);
      }
    }
  }
  return text;
}

/** A path of a heading, relative: `/proc/stat`, `container /proc/stat`. */
const relative = (path: string): string => path.replace(/^\//, '').replace(/ +\//g, '/');

interface Attributes {
  readonly path: string;
  readonly mode: number;
  readonly newline: boolean;
  readonly base64: boolean;
}

function parseAttributes(title: string): Attributes {
  const [, path = '', rest = ''] = /^(.*?)((?: \([^()]*\))*)$/.exec(title) ?? [];
  const mode = / \(mode ([0-7]+)\)/.exec(rest)?.[1];
  return {
    path: relative(path),
    mode: mode === undefined ? DEFAULT_MODE : Number.parseInt(mode, 8),
    newline: !rest.includes('(no newline)'),
    base64: rest.includes('(base64)'),
  };
}

const isNote = (title: string): boolean =>
  /^\(.*\)$/.test(title) || (title.includes(' ') && !title.includes('/') && !/ [=(-]/.test(title));

function parseFile(title: string, body: string): Entry {
  const { path, mode, newline, base64 } = parseAttributes(title);
  const content = base64
    ? Buffer.from(body, 'base64')
    : Buffer.from(newline ? body : body.slice(0, -1), 'latin1');
  return { kind: 'file', path, mode, content };
}

/** @param seen the files above, by their paths */
function parseSection(title: string, body: string, seen: ReadonlyMap<string, Entry>): Entry {
  if (isNote(title)) return { kind: 'note', text: title.replace(/^\((.*)\)$/, '$1') };
  if (title.endsWith('/')) return { kind: 'directory', path: relative(title.slice(0, -1)) };
  const link = / -> /.exec(title);
  if (link) {
    const target = title.slice(link.index + 4);
    return { kind: 'link', path: relative(title.slice(0, link.index)), target };
  }
  const [name = '', source] = title.split(' = ');
  if (source === undefined) return parseFile(title, body);
  const other = seen.get(relative(source));
  if (other?.kind !== 'file') throw new Error(`${name} = ${source}: no such file above`);
  return { ...other, path: relative(name) };
}

/**
 * The entries of an archive, in its order; notes included.
 * @param text the archive as latin1
 * @throws {Error} if it does not begin with a heading, or a reference leads nowhere
 */
export function parseArchive(text: string): Entry[] {
  const seen = new Map<string, Entry>();
  const entries: Entry[] = [];
  const [before = '', ...sections] = text.split(/^-- (?=.* --$)/m);
  if (before !== '') throw new Error('an archive begins with a heading: -- PATH --');
  if (!/(^|\n)$/.test(text)) throw new Error('an archive ends with a newline');
  for (const section of sections) {
    const end = section.indexOf('\n');
    const entry = parseSection(section.slice(0, end - 3), section.slice(end + 1), seen);
    if (entry.kind === 'file') seen.set(entry.path, entry);
    entries.push(entry);
  }
  return entries;
}
