/**
 * Names of systemd units. systemd.unit(5), "String escaping for inclusion in unit names".
 * @module
 */

/**
 * Undoes the escapes `\xNN` in part of a unit's name, as in `machine-web\x2d1.scope`. Those of control characters and of
 * bytes above 0x7f stay: no machine's name holds any. systemd's `-` for `/` stays too: a name is no path.
 */
export function unescapeUnit(name: string): string {
  return name.replace(/\\x([2-7][0-9a-fA-F])/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
