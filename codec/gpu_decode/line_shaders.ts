/**
 * Upsampling in WGSL: filters along the lines of planes. Planes lie one after the other, row-major, one i32 per sample; a
 * thread makes one sample. Sums are i32, which WGSL lets wrap around as the format asks.
 */

const DECLARATIONS = /* wgsl */ `
struct Settings {
  inputWidth: i32,
  inputHeight: i32,
  outputWidth: i32,
  outputHeight: i32,
  vertical: i32, // 1: lines are columns, 0: rows
  outputPlane: i32, // of the first plane
  taps: array<i32, 4>, // Q12, the outermost first
}
@group(0) @binding(0) var<storage, read> settings: Settings;
@group(0) @binding(1) var<storage, read> source: array<i32>;
@group(0) @binding(2) var<storage, read_write> result: array<i32>;

fn clampI16(value: i32) -> i32 {
  return clamp(value, -32768, 32767);
}

fn round12(sum: i32) -> i32 {
  return clampI16((sum + 2048) >> 12u);
}

// A line of a plane of the source.
struct Line {
  start: i32,
  step: i32,
  length: i32,
}

fn lineAt(id: vec3i) -> Line {
  let plane = id.z * settings.inputWidth * settings.inputHeight;
  if (settings.vertical == 1) {
    return Line(plane + id.x, settings.inputWidth, settings.inputHeight);
  }
  return Line(plane + id.y * settings.inputWidth, 1, settings.inputWidth);
}

// The place of this thread's sample in the result; -1 outside of its plane.
fn resultIndex(id: vec3i) -> i32 {
  if (id.x >= settings.outputWidth || id.y >= settings.outputHeight) {
    return -1;
  }
  return ((settings.outputPlane + id.z) * settings.outputHeight + id.y) * settings.outputWidth + id.x;
}
`;

/** T, one direction: doubles lines. Bindings: settings, source, result. */
export const DOUBLING_SHADER = /* wgsl */ `${DECLARATIONS}
fn sampleAt(line: Line, i: i32) -> i32 {
  return source[line.start + line.step * clamp(i, 0, line.length - 1)];
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let place = vec3i(id);
  let index = resultIndex(place);
  if (index < 0) {
    return;
  }
  let line = lineAt(place);
  let n = select(place.x, place.y, settings.vertical == 1);
  let middle = n >> 1u;
  let side = select(1, -1, (n & 1) == 1);
  let taps = settings.taps;
  result[index] = round12(taps[3] * sampleAt(line, middle) + taps[1] * sampleAt(line, middle + side) +
    taps[2] * sampleAt(line, middle - side) + taps[0] * sampleAt(line, middle - 2 * side));
}
`;

/**
 * The symmetric filter of P, one direction; along rows, its second half, it also adds P's input. Bindings: settings, source,
 * result, input of P.
 */
export const PREFILTER_SHADER = /* wgsl */ `${DECLARATIONS}
@group(0) @binding(3) var<storage, read> unfiltered: array<i32>;

fn sampleAt(line: Line, i: i32) -> i32 {
  if (i < 0 || i >= line.length) {
    return 0;
  }
  return source[line.start + line.step * i];
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let place = vec3i(id);
  let index = resultIndex(place);
  if (index < 0) {
    return;
  }
  let line = lineAt(place);
  let n = select(place.x, place.y, settings.vertical == 1);
  var sum = settings.taps[3] * sampleAt(line, n);
  for (var distance = 1; distance <= 3; distance++) {
    sum += settings.taps[3 - distance] * (sampleAt(line, n - distance) + sampleAt(line, n + distance));
  }
  let filtered = round12(sum);
  if (settings.vertical == 1) {
    result[index] = filtered;
  } else {
    result[index] = clampI16(filtered + unfiltered[place.y * settings.inputWidth + place.x]);
  }
}
`;
