/**
 * The networks of the codec as kernel programs (Cool-chic 5.0; `shared` mathematics of every back-end).
 *
 * Layouts of the parameter slots are those of `bitstream/parameters.ts`.
 */

import { type Architecture, CONTEXT_OFFSETS, type SynthesisLayer } from "../bitstream/architecture.ts";
import { ProgramBuilder } from "../kernels/builder.ts";
import type { Border, Program, Tap } from "../kernels/program.ts";

const CENTRE = { dy: 0, dx: 0, shift: 0 } as const;

/** Training quantiser: `softround(softround(y) + noise)`. */
export function softQuantiseProgram(): Program {
  const b = new ProgramBuilder("softQuantise");
  const latent = b.plane("latent");
  const quantised = b.plane("quantised");
  const value = b.gather([{ plane: latent, ...CENTRE }]);
  b.store(b.softround(b.noise(b.softround(value))), [quantised]);
  return b.build();
}

/** The file's quantiser: rounding. */
export function hardQuantiseProgram(): Program {
  const b = new ProgramBuilder("hardQuantise");
  const latent = b.plane("latent", "zero", false);
  const quantised = b.plane("quantised");
  b.store(b.round(b.gather([{ plane: latent, ...CENTRE }])), [quantised]);
  return b.build();
}

/**
 * IFCE: one affine layer from co-located values of all coarser grids, and the sites `window` around it on the first of them,
 * to `features` planes.
 */
export function ifceProgram(
  features: number,
  shifts: readonly number[],
  window: readonly (readonly [dy: number, dx: number])[],
): Program {
  const b = new ProgramBuilder("ifce");
  const grids = shifts.map((_, i) => b.plane(`grid${i}`));
  const outputs = Array.from({ length: features }, (_, i) => b.plane(`feature${i}`));
  const weights = b.parameters("weight", features * (shifts.length + window.length));
  const bias = b.parameters("bias", features);
  const columns = shifts.map((shift, i) => ({ plane: grids[i], dy: 0, dx: 0, shift }));
  const around = window.map(([dy, dx]) => ({ plane: grids[0], dy, dx, shift: 0 }));
  b.store(b.linear(b.gather([...columns, ...around]), features, weights, { bias }), outputs);
  return b.build();
}

/**
 * ARM: bits of every latent of a grid given its causal neighbours and the IFCE's features.
 * Parameter slots: weight and bias of each hidden layer, of the output layer, then the stabiliser's weight.
 */
export function armProgram(arch: Architecture, hasFeatures: boolean): Program {
  const b = new ProgramBuilder(hasFeatures ? "arm" : "armWithoutFeatures");
  const latents = b.plane("latents");
  const context: Tap[] = CONTEXT_OFFSETS.slice(0, arch.contexts).map(([dy, dx]) => ({
    plane: latents,
    dy,
    dx,
    shift: 0,
  }));
  for (let i = 0; i < arch.features; i++) {
    context.push({ plane: hasFeatures ? b.plane(`feature${i}`) : -1, dy: 0, dx: 0, shift: 1 });
  }
  const input = b.gather(context);
  let width = context.length;
  let hidden = input;
  arch.armLayers.forEach((layer, i) => {
    const weights = b.parameters(`${i}.weight`, layer.outputs * width);
    const bias = b.parameters(`${i}.bias`, layer.outputs);
    hidden = b.linear(hidden, layer.outputs, weights, {
      bias,
      relu: true,
      ...(layer.residual && { addend: hidden }),
    });
    width = layer.outputs;
  });
  const weights = b.parameters("out.weight", 2 * width);
  const bias = b.parameters("out.bias", 2);
  const addend = arch.armStabiliser && b.linear(input, 2, b.parameters("stabiliser", 2 * context.length));
  const output = b.linear(hidden, 2, weights, { bias, ...(addend !== false && { addend }) });
  b.laplaceBits(b.gather([{ plane: latents, ...CENTRE }]), output);
  return b.build();
}

/** Polyphase x2 upsampling along one axis: free taps (a, b, c, d) of the symmetric kernel a b c d d c b a. */
export function upsampleProgram(axis: "x" | "y"): Program {
  const b = new ProgramBuilder(axis === "x" ? "upsampleX" : "upsampleY");
  const coarse = b.plane("coarse", "replicate");
  const fine = b.plane("fine");
  const taps = b.parameters("taps", 4);
  const neighbours = b.gather(line(coarse, axis, 2));
  const [A, B, C, D, NONE] = [0, 1, 2, 3, -1];
  const map = Int32Array.of(A, C, D, B, NONE, NONE, B, D, C, A);
  b.store(b.linear(neighbours, 2, taps, { map }), [fine], axis);
  return b.build();
}

/** Pre-concatenation filter along y, the first of two passes: 7 symmetric taps p q r s r q p, zero padding. */
export function prefilterYProgram(): Program {
  const b = new ProgramBuilder("prefilterY");
  const latents = b.plane("latents");
  const filtered = b.plane("filtered");
  const taps = b.parameters("taps", 4);
  b.store(b.linear(b.gather(line(latents, "y", 3)), 1, taps, { map: SYMMETRIC_7 }), [filtered]);
  return b.build();
}

/** Pre-concatenation filter along x, the second pass, plus the unfiltered latents. */
export function prefilterXProgram(): Program {
  const b = new ProgramBuilder("prefilterX");
  const half = b.plane("half");
  const latents = b.plane("latents");
  const filtered = b.plane("filtered");
  const taps = b.parameters("taps", 4);
  const addend = b.gather([{ plane: latents, ...CENTRE }]);
  b.store(b.linear(b.gather(line(half, "x", 3)), 1, taps, { map: SYMMETRIC_7, addend }), [filtered]);
  return b.build();
}

const SYMMETRIC_7 = Int32Array.of(0, 1, 2, 3, 2, 1, 0);

function line(plane: number, axis: "x" | "y", radius: number): Tap[] {
  return Array.from({ length: 2 * radius + 1 }, (_, i) => ({
    plane,
    dy: axis === "y" ? i - radius : 0,
    dx: axis === "x" ? i - radius : 0,
    shift: 0,
  }));
}

/**
 * A stage of the synthesis: one convolution and the 1x1 layers that follow it. With `stabiliserPlanes`, the last stage, a linear
 * layer from that many planes of the upsampled pyramid is added to its output.
 * Plane slots: inputs, stabiliser inputs, outputs.
 * Parameter slots: weight and bias of each layer, then the stabiliser's weight.
 */
export function synthesisProgram(
  inputs: number,
  layers: readonly SynthesisLayer[],
  widths: readonly number[],
  stabiliserPlanes = 0,
): Program {
  const b = new ProgramBuilder(`synthesis${layers[0].kernel}x${layers[0].kernel}${stabiliserPlanes > 0 ? "Last" : ""}`);
  const planes = planeList(b, "input", inputs, "replicate");
  const centre = b.gather(planes.map((plane) => ({ plane, ...CENTRE })));
  let value = layers[0].kernel === 1 ? centre : b.gather(square(planes));
  let width = inputs * layers[0].kernel ** 2;
  layers.forEach((layer, i) => {
    const weights = b.parameters(`${i}.weight`, widths[i] * width);
    const bias = b.parameters(`${i}.bias`, widths[i]);
    const residual = layer.residual && (i === 0 ? centre : value);
    value = b.linear(value, widths[i], weights, {
      bias,
      relu: layer.relu,
      ...(residual !== false && { addend: residual }),
    });
    width = widths[i];
  });
  if (stabiliserPlanes > 0) {
    const upsampled = planeList(b, "upsampled", stabiliserPlanes, "replicate");
    const weights = b.parameters("stabiliser", width * stabiliserPlanes);
    value = b.linear(b.gather(upsampled.map((plane) => ({ plane, ...CENTRE }))), width, weights, { addend: value });
  }
  b.store(value, planeList(b, "output", width, "zero"));
  return b.build();
}

/** The squared error of the output against the image. Plane slots: output, image. */
export function distortionProgram(channels: number): Program {
  const b = new ProgramBuilder("distortion");
  const output = planeList(b, "output", channels, "zero");
  const image = Array.from({ length: channels }, (_, i) => b.plane(`image${i}`, "zero", false));
  const values = (planes: readonly number[]) => b.gather(planes.map((plane) => ({ plane, ...CENTRE })));
  b.squaredError(values(output), values(image));
  return b.build();
}

function planeList(b: ProgramBuilder, name: string, count: number, border: Border): number[] {
  return Array.from({ length: count }, (_, i) => b.plane(`${name}${i}`, border));
}

function square(planes: readonly number[]): Tap[] {
  const taps: Tap[] = [];
  for (const plane of planes) {
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) taps.push({ plane, dy, dx, shift: 0 });
    }
  }
  return taps;
}
