/**
 * The learned weights of the restoration filter. Normative, made by `deno task defaults:restoration`
 * (`defaults/restoration_provenance.json` says from what).
 *
 * Of each class (`bitstream/restoration.ts`) six weights, signed bytes, Q8, in base 64.
 */

// deno-fmt-ignore
/** All weights. */
export const RESTORATION_TABLE =
  "6kTvOwo0/UfnNxMe9T34MwEz5E/rMQc17kDsLwc36TvxJ/xJ6TQUFgRJGkj9KeQ/D3zZMelK6hn2JScoIR0xCwsX8hoWEQcfIB4UDgwZHBomEPos+DgTAwkkLBtQ/PUq+TogA+JD8UAU8/4lFAwh/QsRLwEmAAcTQANA/+8BLBA/+PULKwo8/vEGOhNT9+gQMgo1+u0bCz488O4ZOxgf8e5AJ/cm9wMAOv5h7vHxOf5I9+7vJgs88fb/O/059vADVQY99+j8K/447vUaBDgs+eAJJgD89gE9Jfon+Pz9Ewgj+/P1Hfsi+vYGIgUZ/fH6KPkp9/MEOQUm++76PfIb+PQXKCMd+uwEKPb7+/86H/0Y/Pb3FwAU/Pj6GPsT/fgAGwQd+/P4F/kR+voJLQAU/Pb/FP4M+vkRJhQS/u0EIvTz//83DAAM/vn7Ff8MAPj5Df4Q/fr8HfoO/vj8E/sH/P4EH/0E/vwBFPoC/vwLLwoF//UEFvzqBP4sBf8F////D/wG//z9Bf8G/f8AEPwD//7/B/wB/wADH/oGAPv8Dfz9AP4HKQIE//gEEvnrAgMfAf7/AAEBCP0DAP79Af8C/gEBCv0DAP3+BP0B//8CEvz+AP8BBf37AQAKKvwBAPsDDvvtAQQZ/QH//wABAgME/v39AwD////+AwAC/gD9AQD//wH/Bv4B/wAACP0DAP8BKfr/AP0EDPv6AAEN";
