/**
 * Tables in Markdown.
 * @module
 */

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(...heading), row(...heading.map(() => '---')), ...rows.map((cells) => row(...cells))]
    .map((line) => `${line}\n`)
    .join('');
}
