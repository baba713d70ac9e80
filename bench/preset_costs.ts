// deno-lint-ignore-file no-console -- a bench prints its tables
/**
 * What `--preset auto` goes by, from encodes of the same pictures with `lop`, `mop` and `hop`:
 *
 *     deno task rd --images PICTURES --out RESULTS --lambdas 0.0004,0.001,0.004,0.02 --preset lop --iterations 1000
 *     deno task rd ... --preset mop ...; deno task rd ... --preset hop ...
 *     deno run -A bench/preset_costs.ts RESULTS/results.tsv
 *
 * Prints, for each picture and lambda, how much a larger decoder lowers the loss without networks; what networks take and
 * what `expectedNetworkBits` says; the line through bits per parameter; and what its choice costs against the best one, were
 * the loss of `lop` known exactly.
 */

import { defaultTopLevel, PRESETS } from "../bitstream/architecture.ts";
import { parameterGroups } from "../bitstream/parameters.ts";
import { costlyParameters } from "../codec/learned_defaults.ts";
import { type AutoPreset, cheapestPreset, expectedNetworkBits } from "../codec/choose_preset.ts";
import { rateDistortionLoss, table } from "./measure.ts";
import { type Measurement, readMeasurements } from "./rd/measurement.ts";

/** From the smallest to the largest decoder. */
const SIZES: readonly AutoPreset[] = ["lop", "mop", "hop"];

/** One encode, all in bits. */
interface Encode {
  readonly preset: AutoPreset;
  readonly parameters: number;
  readonly networkBits: number;
  /** Distortion and latents. */
  readonly loss: number;
}

/** A picture at a lambda, with every decoder. */
interface Trial {
  readonly name: string;
  readonly encodes: readonly Encode[];
  /** What `auto` would take if it knew the loss of `lop`. */
  readonly chosen: AutoPreset;
}

const trials = Deno.args.flatMap((path) => trialsOf(readMeasurements(path, "")));
printTrials(trials);
printLine(trials.flatMap(({ encodes }) => encodes));

/** The pictures and lambdas that all decoders have been tried on. */
function trialsOf(rows: readonly Measurement[]): Trial[] {
  const byName = Map.groupBy(rows, ({ image, setting }) => `${image} ${setting}`);
  return [...byName].flatMap(([name, group]) => {
    const found = SIZES.map((preset) => group.find(({ row }) => row.preset === preset));
    if (found.includes(undefined)) return [];
    const encodes = found.map((row, i) => encodeOf(row!, SIZES[i]));
    return [{ name, encodes, chosen: cheapestPreset(shapeOf(found[0]!), encodes[0].loss, { isLearned: () => true }) }];
  });
}

function encodeOf(measurement: Measurement, preset: AutoPreset): Encode {
  const { row, pixels, psnrDb, setting } = measurement;
  const parameters = costlyParameters(parameterGroups(PRESETS[preset], shapeOf(measurement)), { learned: true });
  const lambda = Number(setting);
  const loss = pixels / lambda * rateDistortionLoss(psnrDb, lambda, Number(row.latent_bits) / pixels);
  return { preset, parameters, networkBits: Number(row.network_bits), loss };
}

/** Pictures of the table have colours. */
function shapeOf({ row }: Measurement) {
  const [width, height] = [Number(row.width), Number(row.height)];
  return { width, height, channels: 3, topLevel: defaultTopLevel(width, height) };
}

function printTrials(trials: readonly Trial[]): void {
  const rows = trials.map(({ name, encodes, chosen }) => {
    const totals = encodes.map(({ loss, networkBits }) => loss + networkBits);
    const least = Math.min(...totals);
    return [
      name,
      ...encodes.slice(1).map(({ loss }) => percent(1 - loss / encodes[0].loss)),
      ...encodes.map(({ networkBits, parameters }) =>
        `${networkBits} ${Math.round(expectedNetworkBits(parameters, encodes[0].loss))}`
      ),
      SIZES[totals.indexOf(least)],
      chosen,
      percent(totals[SIZES.indexOf(chosen)] / least - 1),
    ];
  });
  const bits = SIZES.map((size) => `${size}: bits, expected`);
  console.log(table(["picture", "mop gains %", "hop gains %", ...bits, "best", "auto", "costs %"], rows));
}

/** Least squares through bits per parameter over the logarithm of loss bits per parameter. */
function printLine(encodes: readonly Encode[]): void {
  const points = encodes.map(({ loss, parameters, networkBits }) => ({
    x: Math.log2(loss / parameters),
    y: networkBits / parameters,
  }));
  const [x, y] = [mean(points.map((point) => point.x)), mean(points.map((point) => point.y))];
  const slope = mean(points.map((point) => (point.x - x) * (point.y - y))) / mean(points.map((p) => (p.x - x) ** 2));
  const error = Math.sqrt(mean(points.map((point) => (point.y - y - slope * (point.x - x)) ** 2)));
  console.log(
    `bits per parameter: ${slope.toFixed(3)} log2(loss / parameters) ${(y - slope * x).toFixed(3)}, off by ${
      error.toFixed(2)
    }`,
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}
