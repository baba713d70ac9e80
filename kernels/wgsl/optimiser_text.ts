/**
 * WGSL of what follows the gradients: summing the partial sums, the updates of `kernels/optimiser.ts`, the log of losses.
 *
 * Bindings are numbered as the arrays are listed; sizes and constants are part of the text.
 */

import { type AdamConstants, LATENT_ADAM, PARAMETER_ADAM } from "../optimiser.ts";
import { float } from "./library.ts";
import { CONTROL_STRUCTS } from "./settings.ts";

/** Lanes of the workgroups that update. */
export const UPDATE_LANES = 256;
/** Lanes that add up one target's partial sums. */
const REDUCE_LANES = 64;

/** Workgroup sums of all lanes' `total`, left in `shared_[0]`, always in the same order. */
function treeSum(lanes: number): string {
  return `
  shared_[lane] = total;
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half = half >> 1u) {
    if (lane < half) { shared_[lane] += shared_[lane + half]; }
    workgroupBarrier();
  }`;
}

/**
 * `sums[target]` = sum of the target's runs of `partials`. `runs` holds (first run, number of runs) per target, then
 * (start, length) per run. One workgroup per target and round.
 */
export function reduceText(targets: number): string {
  return `
@group(0) @binding(0) var<storage, read> runs: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
var<workgroup> shared_: array<f32, ${REDUCE_LANES}>;
@compute @workgroup_size(${REDUCE_LANES})
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  for (var target_ = workgroup.x; target_ < ${targets}u; target_ += workgroups.x) {
    var total = 0.0;
    let own = runs[target_];
    for (var r = own.x; r < own.x + own.y; r++) {
      let run = runs[${targets}u + r];
      for (var i = lane; i < run.y; i += ${REDUCE_LANES}u) { total += partials[run.x + i]; }
    }${treeSum(REDUCE_LANES)}
    if (lane == 0u) { sums[target_] = shared_[0]; }
    workgroupBarrier();
  }
}
`;
}

function adamLines({ beta1, beta2, epsilon }: AdamConstants, index: string): string {
  return `
    first[${index}] = ${float(beta1)} * first[${index}] + ${float(1 - beta1)} * g;
    second[${index}] = ${float(beta2)} * second[${index}] + ${float(1 - beta2)} * g * g;
    let change = first[${index}] / (sqrt(second[${index}]) + ${float(epsilon)});`;
}

/** Clipped Adam of the parameters. Every workgroup computes the norm of the whole gradient: it is a few thousand values. */
export function parameterUpdateText(parameterCount: number): string {
  return `${CONTROL_STRUCTS}
@group(0) @binding(0) var<storage, read> control: Control;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(3) var<storage, read_write> first: array<f32>;
@group(0) @binding(4) var<storage, read_write> second: array<f32>;
var<workgroup> shared_: array<f32, ${UPDATE_LANES}>;
@compute @workgroup_size(${UPDATE_LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  var total = 0.0;
  for (var i = lane; i < ${parameterCount}u; i += ${UPDATE_LANES}u) { total += sums[i] * sums[i]; }${
    treeSum(UPDATE_LANES)
  }
  let norm = sqrt(shared_[0]);
  let limit = control.settings[control.step].clipNorm;
  let factor = select(1.0, limit / norm, norm > limit);
  if (id.x < ${parameterCount}u) {
    let g = sums[id.x] * factor;${adamLines(PARAMETER_ADAM, "id.x")}
    parameters[id.x] -= control.settings[control.step].parameterStepSize * change;
  }
}
`;
}

/** Where the latents lie: two runs of floats in heap buffers, which may be one and the same. */
export interface LatentRuns {
  readonly values: { readonly segment: number; readonly offset: number };
  readonly gradients: { readonly segment: number; readonly offset: number };
  readonly length: number;
}

/** Adam of all latents. Bindings after the first three are the heap buffers, in the order of their numbers. */
export function latentUpdateText({ values, gradients, length }: LatentRuns): string {
  const segments = [...new Set([values.segment, gradients.segment])].sort((a, b) => a - b);
  return `${CONTROL_STRUCTS}
@group(0) @binding(0) var<storage, read> control: Control;
@group(0) @binding(1) var<storage, read_write> first: array<f32>;
@group(0) @binding(2) var<storage, read_write> second: array<f32>;
${segments.map((s, i) => `@group(0) @binding(${3 + i}) var<storage, read_write> heap${s}: array<f32>;`).join("\n")}
@compute @workgroup_size(${UPDATE_LANES})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let stepSize = control.settings[control.step].latentStepSize;
  for (var i = id.x; i < ${length}u; i += workgroups.x * ${UPDATE_LANES}u) {
    let g = heap${gradients.segment}[${gradients.offset}u + i];${adamLines(LATENT_ADAM, "i")}
    heap${values.segment}[${values.offset}u + i] -= stepSize * change;
  }
}
`;
}

/** Logs the losses and counts the step, in one lane: nothing else reads the counter meanwhile. */
export function finishText(parameterCount: number): string {
  return `${CONTROL_STRUCTS}
@group(0) @binding(0) var<storage, read_write> control: Control;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> log_: array<vec2<f32>>;
@compute @workgroup_size(1)
fn main() {
  log_[control.step] = vec2<f32>(sums[${parameterCount}], sums[${parameterCount + 1}]);
  control.step += 1u;
}
`;
}
