#!/usr/bin/env bash
# Checks and measures the GPU back-end on a host with a GPU, unattended, from the repository's root:
#
#     bash bench/gpu_host.sh [FOLDER]
#
# Needs `deno` on the PATH, or npx, and no network if the npm cache is filled. Writes logs and gpu_profile.json to FOLDER (default: bench/results/gpu); goes on after
# a failed step and ends with a summary; exit code 1 if a step failed.
#
# GPU_HOST_SIZE (768x512), GPU_HOST_PRESETS (lop,mop,hop,vhop), GPU_HOST_ITERATIONS (10000): what to measure.
# GPU_HOST_SOFTWARE=1: takes a software adapter, to try this script itself; the encode then runs on the CPU.
set -u
cd "$(dirname "$0")/.."

folder="${1:-bench/results/gpu}"
size="${GPU_HOST_SIZE:-768x512}"
presets="${GPU_HOST_PRESETS:-lop,mop,hop,vhop}"
iterations="${GPU_HOST_ITERATIONS:-10000}"
software="${GPU_HOST_SOFTWARE:-0}"
mkdir -p "$folder"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
chmod 0700 "$work"
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-$work}" NO_COLOR=1

if command -v deno >/dev/null; then deno() { command deno "$@"; }; else deno() { npx -y deno@2.9.6 "$@"; }; fi

failed=()
# step NAME COMMAND...: runs a command, keeps its output in FOLDER/NAME.log and shows it.
step() {
  local name="$1" start=$SECONDS
  shift
  echo "== $name"
  "$@" 2>&1 | tee "$folder/$name.log"
  local status=${PIPESTATUS[0]}
  echo "-- $name: exit code $status, $((SECONDS - start)) s"
  [ "$status" -eq 0 ] || failed+=("$name")
}

machine() {
  uname -srm
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null
  grep -m1 'model name' /proc/cpuinfo
  deno --version
}

correctness() {
  REQUIRE_GPU=1 deno test -A --cached-only tests/kernels/wgsl_*test.ts tests/exactness/wgsl_test.ts
}

profile() {
  local options=(--size "$size" --presets "$presets" --json "$folder/gpu_profile.json")
  [ "$software" = 1 ] && options+=(--software)
  deno run -A --cached-only bench/gpu_profile.ts "${options[@]}"
}

draw_picture() {
  deno eval --cached-only "
    import { drawSample } from './samples/draw_sample.ts';
    import { writePng } from './files/png_writer.ts';
    const [width, height] = '$size'.split('x').map(Number);
    Deno.writeFileSync('$work/picture.png', writePng(drawSample({ width, height })));
  "
}

encode() {
  local device=gpu
  [ "$software" = 1 ] && device=auto
  deno run -A --cached-only cli.ts encode "$work/picture.png" -o "$folder/picture.chic" \
    --device "$device" --preset "${presets##*,}" --iterations "$iterations" --lambda 0.001 --json
}

decode() {
  deno run -A --cached-only cli.ts decode "$folder/picture.chic" -o "$work/decoded.png"
}

step machine machine
step correctness correctness
step profile profile
step picture draw_picture
step encode encode
step decode decode

if [ ${#failed[@]} -gt 0 ]; then
  echo "failed: ${failed[*]}"
  exit 1
fi
echo "all steps passed; results are in $folder"
