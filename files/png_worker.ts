/** A thread of `PngCrew`: answers each task with the bands that it has compressed. */

import { compressBands, type PngTask } from "./png_crew.ts";

/** The part of a worker's global object that is used here. */
declare const self: {
  onmessage: (event: MessageEvent<PngTask>) => void;
  postMessage(message: unknown, transfer: Transferable[]): void;
};

self.onmessage = ({ data }: MessageEvent<PngTask>) => {
  const bands = compressBands(data);
  self.postMessage(bands, bands.map(({ chunk }) => chunk.buffer));
};
