/**
 * What is written to a switch, taken as the kernel takes it: proc_dointvec_minmax with 0 and 1,
 * kernel/sysctl.c. Pure.
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

/** What a switch is set to by a text, or a negative errno. */
export function parseSwitch(text: string): boolean | number {
  const match = NUMBER.exec(text.slice(0, LONGEST));
  if (!match) return -EINVAL;
  const [, sign, digits = ''] = match;
  const value = parseNumber(digits);
  const valid = value === 0 || (value === 1 && sign === '');
  return valid ? value === 1 : -EINVAL;
}
