/**
 * Text for a terminal, with names in it that containers have chosen.
 * @module
 */

const DELETE = 0x7f;

const octal = (code: number): string => `\\${code.toString(8).padStart(3, '0')}`;

/**
 * Spells out control characters other than newlines in octal, as in mountinfo: a cgroup's name may hold any of
 * them, and must not command the terminal of who lists it. Those above 0x7f are parts of characters in byte strings.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (each) => {
    const code = each.charCodeAt(0);
    return each === '\n' || code > DELETE ? each : octal(code);
  });
}
