/**
 * WGSL of SOAP: the update of `kernels/soap.ts` for one weight matrix by one workgroup.
 *
 * Bindings are those of `parameterUpdateText`. `state` holds, from the matrix's `state` on and in this order: work and
 * direction `[rows, cols]`, then for the left and the right basis mean, vectors (as rows) and moved vectors (as columns).
 * Moments are at the matrix's own place among those of all parameters.
 */

import { SOAP } from "../eigenbasis.ts";
import { PARAMETER_ADAM } from "../optimiser.ts";
import type { MatrixShape } from "../soap.ts";
import { float } from "./library.ts";

/** Words of a matrix in the optimiser's table: the members of the WGSL struct `Matrix`. */
export const MATRIX_WORDS = 4;

/** Those words; `state` is where the matrix's state begins. */
export function matrixWords({ offset, rows, cols }: MatrixShape, state: number): number[] {
  return [offset, rows, cols, state];
}

/** Floats of a matrix's state. */
export function matrixStateLength({ rows, cols }: MatrixShape): number {
  return 2 * rows * cols + basisLength(rows) + basisLength(cols);
}

function basisLength(size: number): number {
  return size <= SOAP.largestFactor ? 3 * size * size : 0;
}

/** Where the two factors begin, if the matrix's state begins at `state`; undefined for a side without a basis. */
export function factorPlaces({ rows, cols }: MatrixShape, state: number) {
  const left = state + 2 * rows * cols;
  const right = left + basisLength(rows);
  const has = (size: number) => basisLength(size) > 0;
  return { left: has(rows) ? left : undefined, right: has(cols) ? right : undefined };
}

const { beta1, beta2, epsilon } = PARAMETER_ADAM;

/** A product over all entries of the matrix; `term` is summed over `k`, `result` takes `sum` at row r, column c, index i. */
function product(terms: string, term: string, result: string): string {
  return `
  for (var i = lane; i < m.rows * m.cols; i += LANES) {
    let r = i / m.cols;
    let c = i % m.cols;
    var sum = 0.0;
    for (var k = 0u; k < ${terms}; k++) { sum += ${term}; }
    ${result}
  }
  storageBarrier();`;
}

/** The product with one side's basis, or a copy if that side has none. */
function sideProduct(size: string, { term, copy, into }: { term: string; copy: string; into: string }): string {
  return `
  if (${size} <= ${SOAP.largestFactor}u) {${product(size, term, `state[${into} + i] = sum;`)}
  } else {
    for (var i = lane; i < m.rows * m.cols; i += LANES) { state[${into} + i] = ${copy}; }
    storageBarrier();
  }`;
}

const STRUCTS = `
struct Matrix { offset: u32, rows: u32, cols: u32, state: u32 }
struct Side { size: u32, length: u32, along: u32, across: u32, mean: u32, vectors: u32, moved: u32 }
fn workOf(m: Matrix) -> u32 { return m.state; }
fn directionOf(m: Matrix) -> u32 { return m.state + m.rows * m.cols; }
fn basesOf(m: Matrix) -> u32 { return m.state + 2u * m.rows * m.cols; }
fn leftOf(m: Matrix) -> Side {
  let at = basesOf(m);
  let area = m.rows * m.rows;
  return Side(m.rows, m.cols, m.cols, 1u, at, at + area, at + 2u * area);
}
fn rightOf(m: Matrix) -> Side {
  let at = basesOf(m) + select(0u, 3u * m.rows * m.rows, m.rows <= ${SOAP.largestFactor}u);
  let area = m.cols * m.cols;
  return Side(m.cols, m.rows, 1u, m.cols, at, at + area, at + 2u * area);
}`;

const ROTATIONS = `
fn toBasis(m: Matrix, at: u32, into: u32, lane: u32) {
  let left = leftOf(m).vectors;
  let right = rightOf(m).vectors;
  let work = workOf(m);${
  sideProduct("m.rows", {
    term: "state[left + r * m.rows + k] * state[at + k * m.cols + c]",
    copy: "state[at + i]",
    into: "work",
  })
}${
  sideProduct("m.cols", {
    term: "state[work + r * m.cols + k] * state[right + c * m.cols + k]",
    copy: "state[work + i]",
    into: "into",
  })
}
}
fn fromBasis(m: Matrix, at: u32, into: u32, lane: u32) {
  let left = leftOf(m).vectors;
  let right = rightOf(m).vectors;
  let work = workOf(m);${
  sideProduct("m.rows", {
    term: "state[left + k * m.rows + r] * state[at + k * m.cols + c]",
    copy: "state[at + i]",
    into: "work",
  })
}${
  sideProduct("m.cols", {
    term: "state[work + r * m.cols + k] * state[right + k * m.cols + c]",
    copy: "state[work + i]",
    into: "into",
  })
}
}`;

/** The factors and their bases; see `kernels/eigenbasis.ts`. */
const BASES = `
var<workgroup> pivot: array<f32, ${SOAP.largestFactor}>;
var<workgroup> strength: array<f32, ${SOAP.largestFactor}>;
var<workgroup> order: array<u32, ${SOAP.largestFactor}>;
fn observe(s: Side, gradient: u32, factor: f32, lane: u32) {
  if (s.size > ${SOAP.largestFactor}u) { return; }
  for (var i = lane; i < s.size * s.size; i += LANES) {
    let a = gradient + (i / s.size) * s.along;
    let b = gradient + (i % s.size) * s.along;
    var sum = 0.0;
    for (var k = 0u; k < s.length; k++) { sum += sums[a + k * s.across] * factor * (sums[b + k * s.across] * factor); }
    state[s.mean + i] = ${float(SOAP.factorDecay)} * state[s.mean + i] + ${float(1 - SOAP.factorDecay)} * sum;
  }
}
fn startBasis(s: Side, lane: u32) {
  if (s.size > ${SOAP.largestFactor}u) { return; }
  for (var i = lane; i < s.size; i += LANES) { state[s.vectors + i * s.size + i] = 1.0; }
}
// Leaves in \`order\` the old number of each new vector.
fn refreshBasis(s: Side, lane: u32) {
  let n = s.size;
  var trace = 0.0;
  for (var i = 0u; i < n; i++) { trace += state[s.mean + i * n + i]; }
  let scale = select(0.0, 1.0 / trace, trace > ${float(SOAP.smallestTrace)});
  for (var at = lane; at < n * n; at += LANES) {
    let v = at % n;
    let i = at / n;
    var sum = 0.0;
    for (var k = 0u; k < n; k++) { sum += scale * state[s.mean + i * n + k] * state[s.vectors + v * n + k]; }
    state[s.moved + at] = sum + ${float(SOAP.shift)} * state[s.vectors + v * n + i];
  }
  storageBarrier();
  if (lane < n) {
    var sum = 0.0;
    for (var i = 0u; i < n; i++) { sum += state[s.moved + i * n + lane] * state[s.vectors + lane * n + i]; }
    strength[lane] = sum;
  }
  workgroupBarrier();
  if (lane < n) {
    var rank = 0u;
    for (var v = 0u; v < n; v++) {
      rank += select(0u, 1u, strength[v] > strength[lane] || (strength[v] == strength[lane] && v < lane));
    }
    order[rank] = lane;
  }
  workgroupBarrier();
  // Modified Gram-Schmidt; a second round mends what float32 leaves of nearly parallel vectors.
  for (var round = 0u; round < 2u; round++) {
    for (var p = 0u; p < n; p++) {
      if (lane < n) { pivot[lane] = state[s.moved + lane * n + order[p]]; }
      workgroupBarrier();
      var squares = 0.0;
      for (var i = 0u; i < n; i++) { squares += pivot[i] * pivot[i]; }
      if (lane >= p && lane < n) {
        let own = s.moved + order[lane];
        var product = 0.0;
        for (var i = 0u; i < n; i++) { product += pivot[i] * state[own + i * n]; }
        product = product / squares;
        let length = inverseSqrt(squares);
        for (var i = 0u; i < n; i++) {
          state[own + i * n] = select(state[own + i * n] - product * pivot[i], pivot[i] * length, lane == p);
        }
      }
      storageBarrier();
    }
  }
  for (var at = lane; at < n * n; at += LANES) {
    state[s.vectors + at] = state[s.moved + (at % n) * n + order[at / n]];
  }
  storageBarrier();
}
// Puts the second moments of one side into the new order.
fn reorder(m: Matrix, s: Side, lane: u32) {
  let area = m.rows * m.cols;
  for (var i = lane; i < area; i += LANES) { state[m.state + i] = state[SECOND + m.offset + i]; }
  storageBarrier();
  for (var i = lane; i < area; i += LANES) {
    let place = (i / s.along) % s.size;
    state[SECOND + m.offset + i] = state[m.state + i + order[place] * s.along - place * s.along];
  }
  storageBarrier();
}
fn refresh(m: Matrix, lane: u32) {
  fromBasis(m, FIRST + m.offset, FIRST + m.offset, lane);
  for (var side = 0u; side < 2u; side++) {
    var s = leftOf(m);
    if (side == 1u) { s = rightOf(m); }
    if (s.size <= ${SOAP.largestFactor}u) {
      refreshBasis(s, lane);
      reorder(m, s, lane);
    }
  }
  toBasis(m, FIRST + m.offset, FIRST + m.offset, lane);
  for (var i = m.offset + lane; i < m.offset + m.rows * m.cols; i += LANES) {
    state[SECOND + i] = max(state[SECOND + i], state[FIRST + i] * state[FIRST + i]);
  }
  storageBarrier();
}`;

/** The functions behind `updateMatrix(matrix, factor, settings, lane)`. */
export function soapText(): string {
  return `${STRUCTS}${ROTATIONS}${BASES}
fn updateMatrix(m: Matrix, factor: f32, settings: Settings, lane: u32) {
  let area = m.rows * m.cols;
  let direction = directionOf(m);
  if (settings.parameterUpdate > 1u) {
    for (var i = lane; i < area; i += LANES) { state[direction + i] = sums[m.offset + i] * factor; }
    storageBarrier();
    toBasis(m, direction, direction, lane);
    for (var i = lane; i < area; i += LANES) {
      let g = state[direction + i];
      let first = ${float(beta1)} * state[FIRST + m.offset + i] + ${float(1 - beta1)} * g;
      let second = ${float(beta2)} * state[SECOND + m.offset + i] + ${float(1 - beta2)} * g * g;
      state[FIRST + m.offset + i] = first;
      state[SECOND + m.offset + i] = second;
      state[direction + i] = first / (sqrt(second) + ${float(epsilon)});
    }
    storageBarrier();
    fromBasis(m, direction, direction, lane);
    for (var i = lane; i < area; i += LANES) {
      moveParameter(m.offset + i, settings.parameterStepSize * state[direction + i]);
    }
  }
  observe(leftOf(m), m.offset, factor, lane);
  observe(rightOf(m), m.offset, factor, lane);
  if (settings.parameterUpdate == 1u) {
    startBasis(leftOf(m), lane);
    startBasis(rightOf(m), lane);
  }
  storageBarrier();
  var refreshes = select(0u, 1u, settings.parameterUpdate % ${SOAP.refresh}u == 0u);
  if (settings.parameterUpdate == 1u) { refreshes = ${SOAP.firstRefreshes}u; }
  for (var i = 0u; i < refreshes; i++) { refresh(m, lane); }
}
`;
}
