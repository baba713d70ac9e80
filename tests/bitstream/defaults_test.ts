/** The tables of learned defaults, and what decoders of other sizes take from them. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { type ImageShape, type PresetName, PRESETS } from "../../bitstream/architecture.ts";
import { DEFAULT_TABLE } from "../../bitstream/default_table.ts";
import { defaultParameters, LAST_POSITION, learnedCount, scopeOf, TABLE_SHAPE } from "../../bitstream/defaults.ts";
import { scaledTensors } from "../../bitstream/fixed_point.ts";
import { findTensor, parameterGroups } from "../../bitstream/parameters.ts";
import { SYNTHESIS_TABLE } from "../../bitstream/synthesis_table.ts";
import { randomModel } from "../random_model.ts";

const NAMES = Object.keys(DEFAULT_TABLE) as PresetName[];
const SYNTHESIS_NAMES = Object.keys(SYNTHESIS_TABLE) as PresetName[];

/** The rows of a preset, read from a table by its description in FORMAT.md. */
function tableRows(preset: PresetName, table = DEFAULT_TABLE): number[][] {
  const bytes = Uint8Array.fromBase64(table[preset]!);
  const values = Array.from({ length: bytes.length / 2 }, (_, i) => ((bytes[2 * i] << 24) >> 16) | bytes[2 * i + 1]);
  const length = values.length / 3;
  return [0, 1, 2].map((row) => values.slice(row * length, (row + 1) * length));
}

function defaultsOf(preset: PresetName, shape: ImageShape, position: number, synthesis = false) {
  const groups = parameterGroups(PRESETS[preset], shape);
  const values = defaultParameters(PRESETS[preset], shape, { position, synthesis });
  const tensor = (name: string) => {
    const { offset, rows, cols } = findTensor(groups, name);
    return Array.from(
      { length: rows },
      (_, row) => [...values.subarray(offset + row * cols, offset + (row + 1) * cols)],
    );
  };
  return { values, tensor, learned: learnedCount(groups) };
}

Deno.test("the tables of defaults have lop, mop and hop, but for the synthesis of hop, and are smaller than 64 KB", () => {
  assertEquals(NAMES.sort(), ["hop", "lop", "mop"]);
  assertEquals(SYNTHESIS_NAMES.sort(), ["lop", "mop"]);
  const bytes = [...Object.values(DEFAULT_TABLE), ...Object.values(SYNTHESIS_TABLE)].reduce(
    (sum, text) => sum + text.length,
    0,
  );
  assert(bytes < 65536, `${bytes} characters`);
});

Deno.test("defaultParameters() gives the rows of the table, and weighted means between them", () => {
  for (const name of NAMES) {
    const rows = tableRows(name);
    const at = (position: number) => {
      const { values, learned } = defaultsOf(name, TABLE_SHAPE, position);
      assert(values.subarray(learned).every((value) => value === 0));
      return [...values.subarray(0, learned)];
    };
    assertEquals([at(0), at(16), at(LAST_POSITION)], rows);
    assertEquals(at(5), rows[0].map((value, i) => Math.floor((11 * value + 5 * rows[1][i] + 8) / 16)));
    assertEquals(at(29), rows[1].map((value, i) => Math.floor((3 * value + 13 * rows[2][i] + 8) / 16)));
  }
});

Deno.test("defaultParameters() gives the synthesis the rows of table 2, if a file has them", () => {
  for (const name of SYNTHESIS_NAMES) {
    const rows = tableRows(name, SYNTHESIS_TABLE);
    const at = (position: number) => {
      const { values, learned } = defaultsOf(name, TABLE_SHAPE, position, true);
      assertEquals(values.subarray(0, learned), defaultsOf(name, TABLE_SHAPE, position).values.subarray(0, learned));
      return [...values.subarray(learned)];
    };
    assertEquals([at(0), at(16), at(LAST_POSITION)], rows);
    assertEquals(at(29), rows[1].map((value, i) => Math.floor((3 * value + 13 * rows[2][i] + 8) / 16)));
  }
});

Deno.test("defaultParameters() gives a synthesis its weights plane by plane, beyond the table those of its last level", () => {
  // Planes of the table: levels 0, 1, 2 and its second one, 3 and its second one, 4, 5, 6.
  const [small, table, large] = [3, 6, 8].map((topLevel) => defaultsOf("mop", { ...TABLE_SHAPE, topLevel }, 20, true));
  for (const name of ["synthesis.0.weight", "synthesis.stabiliser"]) {
    const rows = table.tensor(name);
    assertEquals(small.tensor(name), rows.map((row) => row.slice(0, 6)));
    assertEquals(large.tensor(name), rows.map((row) => [...row, row.at(-1)!, row.at(-1)!]));
  }
  for (const name of ["synthesis.1.weight", "synthesis.2.weight", "synthesis.0.bias", "arm.0.weight"]) {
    assertEquals(small.tensor(name), table.tensor(name));
  }
});

Deno.test("scopeOf() says which parameters have defaults", () => {
  const scope = (synthesis: boolean, fields: boolean) => scopeOf({ position: 3, synthesis, fields });
  assertEquals([scopeOf(undefined), scope(false, false), scope(true, false)], ["none", "withoutSynthesis", "all"]);
  assertEquals([scope(false, true), scope(true, true)], ["withFields", "withFields"]);
});

Deno.test("defaultParameters() gives the filters of a level whatever the number of levels", () => {
  const table = defaultsOf("mop", TABLE_SHAPE, 9);
  const [small, large] = [3, 8].map((topLevel) => defaultsOf("mop", { ...TABLE_SHAPE, topLevel }, 9));
  assertEquals(small.tensor("upsampling.taps"), table.tensor("upsampling.taps").slice(-3));
  assertEquals(small.tensor("upsampling.prefilter"), table.tensor("upsampling.prefilter").slice(0, 3));
  const [coarsest] = table.tensor("upsampling.taps");
  assertEquals(large.tensor("upsampling.taps"), [coarsest, coarsest, ...table.tensor("upsampling.taps")]);
  const last = table.tensor("upsampling.prefilter").at(-1)!;
  assertEquals(large.tensor("upsampling.prefilter"), [...table.tensor("upsampling.prefilter"), last, last]);
});

Deno.test("defaultParameters() gives an IFCE its weights grid by grid, and 0 for grids beyond the table", () => {
  // Inputs of level 0 in the table: main 1, main 2, hyper 2, ..., main 6, hyper 6, then eight sites around.
  const table = defaultsOf("lop", TABLE_SHAPE, 20).tensor("ifce.0.weight");
  const small = defaultsOf("lop", { ...TABLE_SHAPE, topLevel: 3 }, 20).tensor("ifce.0.weight");
  assertEquals(small, table.map((row) => [...row.slice(0, 5), ...row.slice(11)]));
  const large = defaultsOf("lop", { ...TABLE_SHAPE, topLevel: 7 }, 20).tensor("ifce.0.weight");
  assertEquals(large, table.map((row) => [...row.slice(0, 11), 0, 0, ...row.slice(11)]));
  assertEquals(
    defaultsOf("lop", { ...TABLE_SHAPE, topLevel: 3 }, 20).tensor("arm.0.weight"),
    defaultsOf("lop", TABLE_SHAPE, 20).tensor("arm.0.weight"),
  );
});

Deno.test("defaultParameters() are zeros without defaults, and refused where there are none", () => {
  const shape = { width: 9, height: 9, channels: 3, topLevel: 2 };
  assert(defaultParameters(PRESETS.mop, shape, undefined).every((value) => value === 0));
  const [partial, all] = [false, true].map((synthesis) => ({ position: 3, synthesis }));
  assertThrows(
    () => defaultParameters({ ...PRESETS.mop, contexts: 9 }, shape, partial),
    RangeError,
    "this architecture has no",
  );
  const gray = { ...shape, channels: 1 };
  assert(defaultParameters(PRESETS.mop, gray, partial).some((value) => value !== 0));
  assertThrows(
    () => defaultParameters(PRESETS.mop, gray, all),
    RangeError,
    "of mop has no learned defaults for 1 channels",
  );
  const shapeOfTable = { ...shape, channels: 3 };
  assertThrows(
    () => defaultParameters(PRESETS.hop, shapeOfTable, all),
    RangeError,
    "of hop has no learned defaults for 3 channels",
  );
});

Deno.test("scaledTensors() adds a scaled difference to each default", () => {
  const size = { channels: 3, topLevel: 4 };
  const model = randomModel({ seed: 3, architecture: PRESETS.lop, ...size, defaults: 7, synthesisDefaults: true });
  const defaults = defaultParameters(model.architecture, model.shape, { position: 7, synthesis: true });
  const groups = parameterGroups(model.architecture, model.shape);
  const tensors = scaledTensors(model);
  let different = 0;
  groups.forEach((group, g) => {
    for (const { name, offset, rows, cols } of group.tensors) {
      for (let i = 0; i < rows * cols; i++) {
        const difference = model.parameters[offset + i] * 2 ** (group.maxStepBits - model.stepBits[g]);
        assertEquals(tensors.get(name)![i], defaults[offset + i] + difference);
        if (defaults[offset + i] !== 0 && difference !== 0) different++;
      }
    }
  });
  assert(different > 100);
});
