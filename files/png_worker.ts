/** A thread of `PngCrew`: answers each task with the bands that it has compressed. */

/// <reference lib="webworker" />

import { compressBands, type PngTask } from "./png_crew.ts";

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = ({ data }: MessageEvent<PngTask>) => {
  const bands = compressBands(data);
  self.postMessage(bands, bands.map(({ chunk }) => chunk.buffer));
};
