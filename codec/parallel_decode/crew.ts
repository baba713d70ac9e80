/** The workers of a decode. */

import type { WorkerReply, WorkerRequest } from "./worker.ts";

/** Some workers, which have said that they are ready. */
export class Crew {
  readonly #workers: readonly Worker[];

  constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  /** Starts workers. */
  static async start(count: number): Promise<Crew> {
    const url = new URL("./worker.ts", import.meta.url);
    const crew = new Crew(Array.from({ length: count }, () => new Worker(url, { type: "module" })));
    try {
      await crew.replies();
      return crew;
    } catch (error) {
      crew.close();
      throw error;
    }
  }

  /** Sends each worker its message; workers are threads 1, 2, ... */
  post(request: (thread: number) => WorkerRequest): void {
    this.#workers.forEach((worker, i) => worker.postMessage(request(i + 1)));
  }

  /** Waits for one message from each worker. Throws an `Error` if one has failed. */
  async replies(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => nextReply(worker)));
  }

  /** Ends the workers, whatever they do. */
  close(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

function nextReply(worker: Worker): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => {
    if (data.kind === "failed") reject(new Error(data.message));
    else resolve();
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  return promise;
}
