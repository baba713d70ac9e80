// deno-lint-ignore-file no-console -- a bench prints its tables
/**
 * What entropy coding loses: the bytes that a file's latents take, against the bits that the float model of training (float
 * contexts and networks, a continuous Laplace distribution) counts for the same latents and the same quantised parameters.
 *
 *     deno run -A bench/rate_gap.ts PRESET LAMBDA ITERATIONS FILE.png ...        encodes the pictures first
 *     deno run -A bench/rate_gap.ts FILE.chic ...
 *
 * A negative loss is a gain: a file chooses the shape of its runs, which the float model has not.
 */

import type { PresetName } from "../bitstream/architecture.ts";
import type { QuantisedModel } from "../bitstream/quantised_model.ts";
import { readModel } from "../bitstream/read.ts";
import { createExecutor } from "../codec/device.ts";
import { integerBackend } from "../codec/integer_backend.ts";
import { buildTrainingGraph } from "../codec/training_graph.ts";
import { readPng } from "../files/png.ts";
import { decode, encode } from "../mod.ts";
import { machineName, table } from "./measure.ts";

const CPU = { device: "cpu", threads: 0 } as const;
/** Nothing is trained: only the sums of an evaluation matter. */
const SCALARS = { temperature: 1, noise: 0, noiseKey: 0, rateWeight: 1, distortionWeight: 0 };

const files = Deno.args.filter((argument) => /\.(png|chic)$/.test(argument));
const [preset, lambda, iterations] = Deno.args;
const rows: string[][] = [];
for (const file of files) rows.push(await measure(file.split("/").at(-1)!, await chicBytes(file)));
console.log(`${machineName()}\n`);
console.log(table(["file", "preset", "bpp", "float bytes", "real bytes", "loss %"], rows));

async function chicBytes(file: string): Promise<Uint8Array> {
  const bytes = Deno.readFileSync(file);
  if (file.endsWith(".chic")) return bytes;
  const options = { ...CPU, preset: preset as PresetName, lambda: Number(lambda), iterations: Number(iterations) };
  return (await encode(readPng(bytes), options)).bytes;
}

async function measure(name: string, bytes: Uint8Array): Promise<string[]> {
  decode(bytes); // verifies both checksums
  const { model, header, sections } = readModel(bytes, undefined, integerBackend().latentDecoder);
  const estimate = await floatBits(model) / 8;
  const { width, height } = model.shape;
  return [
    name,
    header.preset ?? "-",
    (8 * bytes.length / (width * height)).toFixed(3),
    estimate.toFixed(0),
    String(sections.latents),
    (100 * (sections.latents / estimate - 1)).toFixed(3),
  ];
}

/** Bits of a model's latents as training counts them. */
async function floatBits(model: QuantisedModel): Promise<number> {
  const { architecture, shape, grids, parameters, stepBits } = model;
  const { graph, latents, groups, defaults } = buildTrainingGraph(architecture, shape, { defaults: model.defaults });
  const executor = await createExecutor(graph, CPU);
  try {
    for (const [g, plane] of latents.entries()) await executor.writePlane(plane, Float32Array.from(grids[g]));
    const values = Float32Array.from(parameters);
    groups.forEach(({ offset, length }, g) => {
      for (let i = offset; i < offset + length; i++) values[i] = (defaults?.[i] ?? 0) + values[i] * 2 ** -stepBits[g];
    });
    await executor.writeParameters(values);
    return (await executor.evaluate(SCALARS)).bits;
  } finally {
    executor.close();
  }
}
