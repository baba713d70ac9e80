/** Quantities as text for people. */

/** A rate: `0.4123 bpp`. */
export function bppText(bpp: number): string {
  return `${bpp.toFixed(4)} bpp`;
}

/** A quality: `33.41 dB`, or `lossless`. */
export function psnrText(psnrDb: number): string {
  return psnrDb === Infinity ? "lossless" : `${psnrDb.toFixed(2)} dB`;
}

/** JSON has no Infinity; reference encoders of the video standards print this for a lossless result. */
const LOSSLESS_PSNR_DB = 999.99;

/** A quality for JSON. */
export function jsonPsnrDb(psnrDb: number): number {
  return Math.min(psnrDb, LOSSLESS_PSNR_DB);
}

/** A time: `7.3 s`, `2m05s` or `1h02m`; `?` for one that is not known. */
export function secondsText(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(whole % 3600 / 60)}m`;
}

/** Lines of `name  value` with the values in one column. */
export function rowsText(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

/** A table: columns as wide as their longest cell, the first one aligned to the left and the others to the right. */
export function columnsText(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]);
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
