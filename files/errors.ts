/** Errors that name a file: what the command line shows to its user. */

/** A file that cannot be used as asked: missing, unreadable, of a wrong format, or a place where nothing can be written. */
export class FileError extends Error {
  override readonly name = "FileError";
  /** The file, as the user named it. */
  readonly path: string;

  /** `problem` says what was expected and what was found; the path is put before it. */
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem}`, options);
    this.path = path;
  }
}

/** Writing failed although the output looked usable before: a full disk, a folder that went away. */
export class WriteError extends Error {
  override readonly name = "WriteError";

  constructor(path: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${path}: expected to write the file, found: ${reason}`, { cause });
  }
}

/** Bytes that are not a picture this program can read. */
export class PictureError extends Error {
  /** Tells it from other errors. */
  override readonly name = "PictureError";

  /** The message is `expected EXPECTED, found FOUND`. */
  constructor(expected: string, found: string, options?: ErrorOptions) {
    super(`expected ${expected}, found ${found}`, options);
  }
}
