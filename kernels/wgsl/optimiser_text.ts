/**
 * WGSL of what follows the gradients: summing the partial sums, the updates of `kernels/optimiser.ts`, the log of losses.
 *
 * Bindings are numbered as the arrays are listed; sizes and constants are part of the text.
 */

import { type AdamConstants, LATENT_ADAM, PARAMETER_ADAM } from "../optimiser.ts";
import { PRIOR_ROUNDING } from "../parameter_optimiser.ts";
import { float } from "./library.ts";
import { CONTROL_STRUCTS } from "./settings.ts";
import { MATRIX_WORDS, soapText } from "./soap_text.ts";

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
 * `sums[target]` = sum of the target's runs of `partials`, for all parameters and two losses. `runs` holds (first run,
 * number of runs) per target, then (start, length) per run. One workgroup per target and round. A parameter's sum takes in
 * its prior's gradient (`priorGradient`) here, before any parameter changes; that of a frozen one is 0.
 */
export function reduceText(parameterCount: number): string {
  const targets = parameterCount + 2;
  return `
@group(0) @binding(0) var<storage, read> runs: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read> parameters: array<f32>;
@group(0) @binding(3) var<storage, read> prior: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;
var<workgroup> shared_: array<f32, ${REDUCE_LANES}>;
fn priorGradient(i: u32) -> f32 {
  let weight = prior[${parameterCount}u + i];
  let distance = (parameters[i] - prior[i]) * weight;
  return weight * clamp(distance * ${float(1 / PRIOR_ROUNDING)}, -1.0, 1.0);
}
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
    if (lane == 0u) {
      var sum = shared_[0];
      if (target_ < ${parameterCount}u) {
        sum = select(sum + priorGradient(target_), 0.0, prior[${2 * parameterCount}u + target_] != 0.0);
      }
      sums[target_] = sum;
    }
    workgroupBarrier();
  }
}
`;
}

/** Adam with moments at `first` and `second`, lvalues; leaves the direction in `change`. */
function adamLines({ beta1, beta2, epsilon }: AdamConstants, first: string, second: string): string {
  return `
    ${first} = ${float(beta1)} * ${first} + ${float(1 - beta1)} * g;
    ${second} = ${float(beta2)} * ${second} + ${float(1 - beta2)} * g * g;
    let change = ${first} / (sqrt(${second}) + ${float(epsilon)});`;
}

/** Sizes of `parameterUpdateText`. */
export interface ParameterSizes {
  readonly parameterCount: number;
  /** Matrices, and parameters outside of them. */
  readonly matrices: number;
  readonly singles: number;
}

/**
 * The update of `ParameterOptimiser`: one workgroup per matrix runs SOAP, further ones Adam of the parameters outside. Each
 * computes the norm of the whole gradient: it is a few thousand values. `table` holds the matrices' words, then the indices
 * of the parameters outside; `state` the first moments of all parameters, the second ones, then the matrices' states.
 */
export function parameterUpdateText({ parameterCount, matrices, singles }: ParameterSizes): string {
  return `${CONTROL_STRUCTS}
const LANES = ${UPDATE_LANES}u;
const FIRST = 0u;
const SECOND = ${parameterCount}u;
@group(0) @binding(0) var<storage, read> control: Control;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read> sums: array<f32>;
@group(0) @binding(3) var<storage, read> prior: array<f32>;
@group(0) @binding(4) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(5) var<storage, read_write> state: array<f32>;
var<workgroup> shared_: array<f32, ${UPDATE_LANES}>;
fn moveParameter(i: u32, change: f32) {
  if (prior[${2 * parameterCount}u + i] == 0.0) { parameters[i] -= change; }
}${soapText()}
fn updateSingle(i: u32, factor: f32, stepSize: f32) {
    let g = sums[i] * factor;${adamLines(PARAMETER_ADAM, "state[FIRST + i]", "state[SECOND + i]")}
    moveParameter(i, stepSize * change);
}
@compute @workgroup_size(${UPDATE_LANES})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  var total = 0.0;
  for (var i = lane; i < ${parameterCount}u; i += LANES) { total += sums[i] * sums[i]; }${treeSum(UPDATE_LANES)}
  let norm = sqrt(shared_[0]);
  let settings = control.settings[control.step];
  let factor = select(1.0, settings.clipNorm / norm, norm > settings.clipNorm);
  if (workgroup.x < ${matrices}u) {
    let at = ${MATRIX_WORDS}u * workgroup.x;
    updateMatrix(Matrix(table[at], table[at + 1u], table[at + 2u], table[at + 3u]), factor, settings, lane);
  } else {
    let single = (workgroup.x - ${matrices}u) * LANES + lane;
    if (single < ${singles}u) {
      updateSingle(table[${MATRIX_WORDS * matrices}u + single], factor, settings.parameterStepSize);
    }
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
    let g = heap${gradients.segment}[${gradients.offset}u + i];${adamLines(LATENT_ADAM, "first[i]", "second[i]")}
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
