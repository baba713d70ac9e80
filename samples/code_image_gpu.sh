#!/usr/bin/env bash
# Encodes one picture with the options of the original COOL-CHIC program, on a GPU: the decoder of its first paper.
# Usage: samples/code_image_gpu.sh [PICTURE.png] [FOLDER]; without a picture it draws one.
# Settings, with their defaults: DEVICE=cuda:0 LMBDA=0.001 N_ITR=10000 START_LR=0.01 LAYERS_SYNTHESIS=12,12
# LAYERS_ARM=12,12 N_CTX_ROWCOL=2 LATENT_N_GRIDS=7
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
if command -v deno >/dev/null; then deno="deno"; else deno="npx -y deno@2.9.6"; fi
folder="${2:-coded}"
picture="${1:-$folder/sample.png}"
mkdir -p "$folder"
[ $# -ge 1 ] || $deno run -A "$here/draw_sample_file.ts" "$picture"
exec $deno run -A "$here/../cli.ts" encode \
  -i "$picture" \
  -o "$folder/picture.chic" \
  --device="${DEVICE:-cuda:0}" \
  --decoded_img_path "$folder/decoded.png" \
  --model_save_path "$folder/model.checkpoint" \
  --enc_results_path "$folder/results.csv" \
  --lmbda "${LMBDA:-0.001}" \
  --start_lr "${START_LR:-0.01}" \
  --n_itr "${N_ITR:-10000}" \
  --layers_synthesis="${LAYERS_SYNTHESIS:-12,12}" \
  --layers_arm="${LAYERS_ARM:-12,12}" \
  --n_ctx_rowcol="${N_CTX_ROWCOL:-2}" \
  --latent_n_grids="${LATENT_N_GRIDS:-7}"
