/**
 * Learned defaults: what the networks are like in most pictures. A file may code its parameters as differences from them.
 * They are integers of tables, smooth in lambda: some rows, and positions between two of them. Table 1 has ARM, IFCE and
 * upsampling; table 2 the synthesis that goes with those, of pictures in colour. What steps and spreads differences have is
 * learned too: table 3 (`group_fields.ts`).
 */

import {
  type Architecture,
  ifceInputs,
  type ImageShape,
  latentGrids,
  type PresetName,
  synthesisedGrids,
} from "./architecture.ts";
import { DEFAULT_TABLE } from "./default_table.ts";
import { presetOf } from "./header_architecture.ts";
import { findTensor, parameterCount, type ParameterGroup, parameterGroups, type Tensor } from "./parameters.ts";
import { SYNTHESIS_TABLE } from "./synthesis_table.ts";

/**
 * What parts of a decoder have defaults, by their number in the header: none, those of table 1, those of tables 1 and 2; or one
 * of these two as the parameters say, and learned fields of groups as well.
 */
export const DEFAULT_SCOPES = ["none", "withoutSynthesis", "all", "withFields"] as const;
/** What parts of a decoder have defaults. */
export type DefaultScope = typeof DEFAULT_SCOPES[number];

/** Which values of the tables parameters have as defaults. */
export interface DefaultValues {
  /** Place between the rows of the tables, 0..32. */
  readonly position: number;
  /** Whether the synthesis has defaults too. */
  readonly synthesis: boolean;
}

/** Which learned defaults a file has. */
export interface LearnedDefaults extends DefaultValues {
  /** Whether steps and spreads of groups are coded around learned ones (`group_fields.ts`). */
  readonly fields: boolean;
}

/** Rows of the tables: trained for low to high lambda, evenly in its logarithm. */
export const DEFAULT_ROWS = 3;
/** Steps from one row to the next. */
export const ROW_DISTANCE = 16;
/** The last position between the rows: 0..32. */
export const LAST_POSITION = (DEFAULT_ROWS - 1) * ROW_DISTANCE;
/** The shape whose parameters the tables hold. */
export const TABLE_SHAPE: ImageShape = { width: 192, height: 192, channels: 3, topLevel: 6 };

/** The scope of a file's defaults. */
export function scopeOf(defaults: LearnedDefaults | undefined): DefaultScope {
  if (!defaults) return "none";
  if (defaults.fields) return "withFields";
  return defaults.synthesis ? "all" : "withoutSynthesis";
}

/** How many parameters table 1 is about: the first ones, those of ARM, IFCE and upsampling. */
export function learnedCount(groups: readonly ParameterGroup[]): number {
  return groups.find(({ module }) => module === "synthesis")!.offset;
}

/** The preset whose rows of the tables are this architecture's; `undefined` if it has none. */
export function defaultsPreset(arch: Architecture): PresetName | undefined {
  const preset = presetOf(arch);
  return preset !== undefined && preset in DEFAULT_TABLE ? preset : undefined;
}

/** Whether table 2 has a synthesis for this decoder: it has some presets, of three channels. */
export function hasSynthesisDefaults(arch: Architecture, { channels }: Pick<ImageShape, "channels">): boolean {
  const preset = defaultsPreset(arch);
  return preset !== undefined && preset in SYNTHESIS_TABLE && channels === TABLE_SHAPE.channels;
}

/** Why a decoder cannot have defaults of a scope; `undefined` if it can. */
export function defaultsFault(arch: Architecture, shape: ImageShape, scope: DefaultScope): string | undefined {
  if (scope === "none") return undefined;
  if (!defaultsPreset(arch)) return "this architecture has no learned defaults";
  if (scope !== "all" || hasSynthesisDefaults(arch, shape)) return undefined;
  return `the synthesis of ${defaultsPreset(arch)} has no learned defaults for ${shape.channels} channels`;
}

/**
 * The defaults of all parameters, in the order of `parameterGroups` and in units of each group's finest step; zeros where
 * there are none; not to be changed. Throws a `RangeError` for a decoder without such defaults.
 */
export function defaultParameters(
  arch: Architecture,
  shape: ImageShape,
  defaults: DefaultValues | undefined,
): Int32Array {
  const { topLevel, channels } = shape;
  const isLast = last?.arch === arch && last.topLevel === topLevel && last.channels === channels &&
    last.defaults?.position === defaults?.position && last.defaults?.synthesis === defaults?.synthesis;
  if (!isLast) last = { arch, topLevel, channels, defaults, values: findDefaults(arch, shape, defaults) };
  return last!.values;
}

/** What was asked for last: all parts of a decoder ask for the same. */
let last:
  | {
    arch: Architecture;
    topLevel: number;
    channels: number;
    defaults: DefaultValues | undefined;
    values: Int32Array;
  }
  | undefined;

function findDefaults(arch: Architecture, shape: ImageShape, defaults: DefaultValues | undefined): Int32Array {
  const groups = parameterGroups(arch, shape);
  const values = new Int32Array(parameterCount(groups));
  if (!defaults) return values;
  const fault = defaultsFault(arch, shape, defaults.synthesis ? "all" : "withoutSynthesis");
  if (fault) throw new RangeError(`Cannot find defaults: ${fault}`);
  const preset = defaultsPreset(arch)!;
  const tableGroups = parameterGroups(arch, TABLE_SHAPE);
  const table = tableAt(preset, tableGroups, defaults);
  const end = defaults.synthesis ? values.length : learnedCount(groups);
  for (const tensor of groups.flatMap(({ tensors }) => tensors)) {
    if (tensor.offset >= end) break;
    const source = findTensor(tableGroups, tensor.name);
    const [rows, cols] = [sourceRows(tensor, source, shape), sourceCols(tensor, arch, shape)];
    let at = tensor.offset;
    for (const row of rows) {
      for (const col of cols) values[at++] = col === undefined ? 0 : table[source.offset + row * source.cols + col];
    }
  }
  return values;
}

/** The parameters of the tables' shape at a position: those of table 1, then those of table 2 if the synthesis has some. */
function tableAt(preset: PresetName, groups: readonly ParameterGroup[], defaults: DefaultValues): Int32Array {
  const [learned, all] = [learnedCount(groups), parameterCount(groups)];
  const table = new Int32Array(all);
  table.set(rowAt(tableRows(DEFAULT_TABLE[preset]!, learned), defaults.position));
  if (defaults.synthesis) {
    table.set(rowAt(tableRows(SYNTHESIS_TABLE[preset]!, all - learned), defaults.position), learned);
  }
  return table;
}

/** The table's row for each row of a tensor. Filters belong to a level; beyond those of the table its last one holds. */
function sourceRows({ name, rows }: Tensor, source: Tensor, { topLevel }: ImageShape): number[] {
  const all = Array.from({ length: rows }, (_, row) => row);
  if (name === "upsampling.taps") return all.map((row) => Math.max(0, TABLE_SHAPE.topLevel - topLevel + row));
  if (name === "upsampling.prefilter") return all.map((row) => Math.min(row, source.rows - 1));
  return all;
}

/**
 * The table's column for each column of a tensor. An IFCE reads grids, and those of levels beyond the table have 0. A
 * synthesis reads planes; those of levels beyond the table have what the table's last level has.
 */
function sourceCols({ name, cols }: Tensor, arch: Architecture, shape: ImageShape): (number | undefined)[] {
  const all = Array.from({ length: cols }, (_, col) => col);
  const [module, level, kind] = name.split(".");
  if (name === "synthesis.0.weight" || name === "synthesis.stabiliser") {
    const known = planeNames(arch, TABLE_SHAPE);
    return planeNames(arch, shape).map((plane) => {
      const found = known.indexOf(plane);
      return found < 0 ? known.length - 1 : found;
    });
  }
  if (module !== "ifce" || kind !== "weight") return all;
  const known = inputNames(arch, TABLE_SHAPE, Number(level));
  const own = inputNames(arch, shape, Number(level));
  return all.map((col) => {
    if (col >= own.length) return known.length + col - own.length;
    const found = known.indexOf(own[col]);
    return found < 0 ? undefined : found;
  });
}

/** The planes that a synthesis reads, by what they are; the last one is that of the coarsest level. */
function planeNames(arch: Architecture, shape: ImageShape): string[] {
  return gridNames(arch, shape, synthesisedGrids(arch, shape).flat());
}

/** The grids that an IFCE reads, by what they are. */
function inputNames(arch: Architecture, shape: ImageShape, level: number): string[] {
  return gridNames(arch, shape, ifceInputs(arch, shape, level));
}

/** Some of `latentGrids`, by level and whether they are hyper grids. */
function gridNames(arch: Architecture, shape: ImageShape, indices: readonly number[]): string[] {
  const grids = latentGrids(arch, shape);
  return indices.map((index) => `${grids[index].level} ${grids[index].hyper}`);
}

const rowsOf = new Map<string, Int16Array>();

/** All rows of a preset, one after the other, from its text in a table. */
function tableRows(text: string, length: number): Int16Array {
  const known = rowsOf.get(text);
  if (known) return known;
  const bytes = atob(text);
  const rows = new Int16Array(DEFAULT_ROWS * length);
  for (let i = 0; i < rows.length; i++) rows[i] = bytes.charCodeAt(2 * i) << 8 | bytes.charCodeAt(2 * i + 1);
  rowsOf.set(text, rows);
  return rows;
}

/** A row between two of the table: their weighted mean, rounded. */
function rowAt(rows: Int16Array, position: number): Int32Array {
  const length = rows.length / DEFAULT_ROWS;
  const row = Math.min(Math.floor(position / ROW_DISTANCE), DEFAULT_ROWS - 2);
  const share = position - row * ROW_DISTANCE;
  const [low, high] = [row, row + 1].map((r) => rows.subarray(r * length, (r + 1) * length));
  const weighted = (i: number) => low[i] * (ROW_DISTANCE - share) + high[i] * share;
  return Int32Array.from({ length }, (_, i) => Math.floor((weighted(i) + ROW_DISTANCE / 2) / ROW_DISTANCE));
}
