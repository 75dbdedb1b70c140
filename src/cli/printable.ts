/**
 * Makes text safe for a terminal: containers choose the names in it.
 * @module
 */

const DELETE = 0x7f;

const octal = (code: number): string => `\\${code.toString(8).padStart(3, '0')}`;

/**
 * Replaces control characters other than newlines by their octal code, as mountinfo does. A cgroup's name may contain
 * any of them, and the terminal would execute them. Characters above 0x7f stay: in byte strings they are parts of UTF-8.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (each) => {
    const code = each.charCodeAt(0);
    return each === '\n' || code > DELETE ? each : octal(code);
  });
}
