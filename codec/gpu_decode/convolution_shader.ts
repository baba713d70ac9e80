/**
 * A synthesis layer in WGSL: a 1x1 or 3x3 convolution, rounded and clamped; in the last layer, plus the stabiliser. Planes lie
 * one after the other, row-major, one i32 per sample; a thread makes one sample. Sums are i32 and wrap around.
 */

/** Bindings: layer, input planes, output planes, upsampled planes. `values` are weights, biases and stabiliser weights. */
export const CONVOLUTION_SHADER = /* wgsl */ `
struct Layer {
  width: i32,
  height: i32,
  inputs: i32,
  outputs: i32,
  halo: i32, // 0: 1x1, 1: 3x3
  inputBits: i32,
  shift: i32,
  low: i32,
  high: i32,
  stabiliserInputs: i32, // 0: no stabiliser
  stabiliserLeft: i32, // shifts of its sum: at most one is not 0
  stabiliserRight: i32,
  values: array<i32>,
}
@group(0) @binding(0) var<storage, read> layer: Layer;
@group(0) @binding(1) var<storage, read> source: array<i32>;
@group(0) @binding(2) var<storage, read_write> result: array<i32>;
@group(0) @binding(3) var<storage, read> upsampled: array<i32>;

fn roundedShift(value: i32, shift: i32) -> i32 {
  if (shift == 0) {
    return value;
  }
  return (value + (1i << u32(shift - 1))) >> u32(shift);
}

// The convolution of one output plane at one pixel; beyond the edge the border samples repeat.
fn convolved(pixel: vec3i) -> i32 {
  let size = 2 * layer.halo + 1;
  var sum = 0;
  var tap = pixel.z * layer.inputs * size * size;
  for (var input = 0; input < layer.inputs; input++) {
    for (var dy = -layer.halo; dy <= layer.halo; dy++) {
      let row = input * layer.height + clamp(pixel.y + dy, 0, layer.height - 1);
      for (var dx = -layer.halo; dx <= layer.halo; dx++) {
        sum += layer.values[tap] * source[row * layer.width + clamp(pixel.x + dx, 0, layer.width - 1)];
        tap++;
      }
    }
  }
  return sum;
}

fn stabilised(pixel: vec3i, firstWeight: i32) -> i32 {
  var sum = 0;
  for (var input = 0; input < layer.stabiliserInputs; input++) {
    let sample = upsampled[(input * layer.height + pixel.y) * layer.width + pixel.x];
    sum += layer.values[firstWeight + pixel.z * layer.stabiliserInputs + input] * sample;
  }
  return (sum << u32(layer.stabiliserLeft)) >> u32(layer.stabiliserRight);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let pixel = vec3i(id);
  if (pixel.x >= layer.width || pixel.y >= layer.height) {
    return;
  }
  let size = 2 * layer.halo + 1;
  let biases = layer.outputs * layer.inputs * size * size;
  var sum = layer.values[biases + pixel.z] << u32(layer.inputBits);
  sum += convolved(pixel) + stabilised(pixel, biases + layer.outputs);
  let index = (pixel.z * layer.height + pixel.y) * layer.width + pixel.x;
  result[index] = clamp(roundedShift(sum, layer.shift), layer.low, layer.high);
}
`;
