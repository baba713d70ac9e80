#!/usr/bin/env bash
# As code_image_gpu.sh, on the CPU, with fewer iterations: N_ITR=2000.
set -eu
export DEVICE="${DEVICE:-cpu}" N_ITR="${N_ITR:-2000}"
exec bash "$(dirname "$0")/code_image_gpu.sh" "$@"
