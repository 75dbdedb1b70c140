/**
 * Numbers with a checksum in one 64-bit word each. The checksum includes the key of the record, so that a damaged word, or
 * the word of another record, counts as empty. Pure.
 * @module
 */
import { checksum } from '../base/mapped-file.ts';

const MASK = (1n << 32n) - 1n;

const checksumOf = (key: bigint, value: number): number =>
  checksum(Number(key & MASK), Number((key >> 32n) & MASK), value);

/** @param value a whole number from 1 to 2^32 - 1; 0 makes an empty word */
export function encodeWord(key: bigint, value: number): bigint {
  if (value === 0) return 0n;
  const word = (BigInt(checksumOf(key, value)) << 32n) | BigInt(value >>> 0);
  return BigInt.asIntN(64, word);
}

/** The number that was encoded with this key; 0 if the word is empty, damaged or of another key. */
export function decodeWord(key: bigint, word: bigint): number {
  const value = Number(word & MASK);
  return encodeWord(key, value) === word ? value : 0;
}
