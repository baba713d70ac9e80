import { assertEquals, assertThrows } from "@std/assert";
import { toMeasurements } from "../../../bench/rd/measurement.ts";
import { parseTable } from "../../../bench/rd/table_file.ts";
import { FileError } from "../../../files/errors.ts";

function read(text: string) {
  const rows = toMeasurements(parseTable(text, "t.tsv"), { path: "t.tsv", codec: "named" });
  return rows.map(({ codec, image, setting, pixels, bpp, psnrDb }) => [codec, image, setting, pixels, bpp, psnrDb]);
}

Deno.test("toMeasurements() reads published tables of every kind", () => {
  assertEquals(read("seq_name\tlmbda\tn_pixels\tpsnr_db\trate_bpp\nkodim01\t0.001\t6\t30.5\t0.5\n"), [
    ["named", "kodim01", "0.001", 6, 0.5, 30.5],
  ]);
  assertEquals(read("seq\tlambda\trate_bpp\tpsnr_db\nkodim01\t0.1\t0.5\t30.5\n"), [
    ["named", "kodim01", "0.1", 1, 0.5, 30.5],
  ]);
  assertEquals(read("# comment\nbpp,psnr,ms_ssim\n0.5,30.5,0.9\r\n\n1,35,0.95\n"), [
    ["named", "", "0", 1, 0.5, 30.5],
    ["named", "", "1", 1, 1, 35],
  ]);
  assertEquals(read("codec,image,quality,bpp,psnr\nJPEG,a,75,0.5,Infinity\n"), [["JPEG", "a", "75", 1, 0.5, Infinity]]);
});

Deno.test("toMeasurements() and parseTable() say where a table is wrong", () => {
  assertThrows(() => read(""), FileError, "t.tsv: expected a table with a header line, found nothing");
  assertThrows(() => read("a,b\n1\n"), FileError, "expected 2 columns in row 1, found 1");
  assertThrows(
    () => read("bpp,quality\n1,2\n"),
    FileError,
    "expected a rate and a PSNR in row 1, found bpp 1, PSNR undefined",
  );
  assertThrows(() => read("bpp,psnr\n1,30\n0,30\n"), FileError, "in row 2, found bpp 0, PSNR 30");
});
