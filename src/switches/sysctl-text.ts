/**
 * What is written to a parameter, taken as the kernel takes it: proc_dointvec_minmax, kernel/sysctl.c. Pure.
 * @module
 */

const EINVAL = 22;

/** The kernel looks at no more than a page. */
const LONGEST = 4095;

/** More digits than this could be cut within a number. */
const MOST_DIGITS = 20;

/** isspace(), then a number, then its end or a blank; what follows a blank is ignored. */
const NUMBER = /^[ \t\n\v\f\r\xa0]*(-?)(0[xX][0-9a-fA-F]+|\d+)(?:[ \t\n]|$)/;

/** A number in C's notation: 010 is 8, 0x10 is 16. NaN if it is none. */
function parseNumber(digits: string): number {
  if (digits.length > MOST_DIGITS) return Number.NaN;
  if (!/^0\d/.test(digits)) return Number(digits);
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** The whole number that a text sets a parameter to; NaN if it is none. -0 is 0. */
export function parseInteger(text: string): number {
  const match = NUMBER.exec(text.slice(0, LONGEST));
  if (!match) return Number.NaN;
  const [, sign, digits = ''] = match;
  return parseNumber(digits) * (sign === '-' ? -1 : 1) + 0;
}

/** What a switch is set to by a text, or a negative errno. */
export function parseSwitch(text: string): boolean | number {
  const value = parseInteger(text);
  return value === 0 || value === 1 ? value === 1 : -EINVAL;
}
