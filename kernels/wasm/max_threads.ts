/** More threads than this are never started, to train or to decode. */
export const MAX_THREADS = 64;
