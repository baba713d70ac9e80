/** The two ways a file can be refused. Wrong arguments from a caller are `TypeError` or `RangeError` instead. */

/** The file is damaged, cut short, or uses something this decoder does not know. */
export class BitstreamError extends Error {
  /** Tells it from other errors where classes do not reach: across workers. */
  override readonly name = "BitstreamError";
  /** The message without the offset. */
  readonly plainMessage: string;
  /** Offset from the first byte of the file at which reading failed. */
  readonly byteOffset: number;

  /** `message` says the action, what was expected and what was received; the offset is appended to it. */
  constructor(message: string, byteOffset: number) {
    super(`${message} (at byte ${byteOffset})`);
    this.plainMessage = message;
    this.byteOffset = byteOffset;
  }
}

/** The file may be sound, but decoding it would take more than the caller's `DecodeLimits` allow. */
export class LimitError extends Error {
  /** Tells it from other errors where classes do not reach: across workers. */
  override readonly name = "LimitError";
}
