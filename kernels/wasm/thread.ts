/** What one thread does: work through the phases of a pass together with the other threads. */

import { adamStepSize, LATENT_ADAM } from "../optimiser.ts";
import { ParameterOptimiser } from "../parameter_optimiser.ts";
import type { MatrixFactors, MatrixShape } from "../soap.ts";
import type { Step } from "../executor.ts";
import type { LossSums } from "../graph.ts";
import type { Scalars } from "../program.ts";
import { Barrier } from "./barrier.ts";
import { ADAM_FUNCTION } from "./emit_adam.ts";
import { SCALAR } from "./program_layout.ts";
import type { Pass, Schedule, Task } from "./schedule.ts";

/** What a thread is given at its start. */
export interface ThreadStart {
  readonly schedule: Schedule;
  readonly memory: WebAssembly.Memory;
  readonly control: Int32Array;
  readonly thread: number;
  readonly threads: number;
  readonly parameterCount: number;
  readonly matrices: readonly MatrixShape[];
}

type Kernel = (a: number, b: number, c: number, d: number, e: number, f: number) => void;

/** One thread. Thread 0 also keeps the optimiser of the network parameters. */
export class Thread {
  readonly #start: ThreadStart;
  readonly #barrier: Barrier;
  readonly #kernels: Kernel[];
  readonly #adam: Kernel;
  readonly #floats: Float32Array;
  readonly #words: Int32Array;
  readonly #gradients: Float64Array;
  readonly #optimiser: ParameterOptimiser;
  #latentSteps = 0;

  constructor(start: ThreadStart) {
    this.#start = start;
    const instance = new WebAssembly.Instance(start.schedule.module, { env: { memory: start.memory } });
    this.#kernels = start.schedule.functions.map((name) => instance.exports[name] as unknown as Kernel);
    this.#adam = instance.exports[ADAM_FUNCTION] as unknown as Kernel;
    this.#barrier = new Barrier(start.control, start.threads);
    this.#floats = new Float32Array(start.memory.buffer);
    this.#words = new Int32Array(start.memory.buffer);
    this.#gradients = new Float64Array(start.parameterCount);
    this.#optimiser = new ParameterOptimiser(start.parameterCount, start.matrices);
  }

  /** Runs the steps; thread 0 gives their losses, the others an empty list. */
  train(steps: readonly Step[]): LossSums[] {
    const losses: LossSums[] = [];
    for (const step of steps) {
      const pass = this.#start.schedule.train;
      this.#begin(() => this.#writeScalars(step.scalars, step.latentRate));
      this.#run(pass);
      if (this.#start.thread === 0) {
        losses.push(this.#losses(pass));
        this.#updateParameters(pass, step);
      }
    }
    this.#barrier.wait();
    return losses;
  }

  /** Runs the forward pass; thread 0 gives the loss. */
  evaluate(scalars: Scalars): LossSums | undefined {
    const pass = this.#start.schedule.evaluate;
    this.#begin(() => this.#writeScalars(scalars, undefined));
    this.#run(pass);
    const loss = this.#start.thread === 0 ? this.#losses(pass) : undefined;
    this.#barrier.wait();
    return loss;
  }

  /** Thread 0 gives the optimiser's factors, the others an empty list. */
  factors(): MatrixFactors[] {
    return this.#start.thread === 0 ? this.#optimiser.factors() : [];
  }

  /** Thread 0 prepares an iteration while the others wait. */
  #begin(prepare: () => void): void {
    if (this.#start.thread === 0) prepare();
    this.#barrier.wait();
  }

  #run(pass: Pass): void {
    const { scratch, trash } = this.#start.schedule.map.threads[this.#start.thread];
    for (const phase of pass.phases) {
      for (let i = this.#barrier.nextTask(); i < phase.length; i = this.#barrier.nextTask()) {
        this.#runTask(phase[i], scratch, trash);
      }
      this.#barrier.wait();
    }
  }

  #runTask(task: Task, scratch: number, trash: number): void {
    switch (task.kind) {
      case "kernel":
        return this.#kernels[task.fn](task.binding, task.yBegin, task.yEnd, scratch, task.partial, trash);
      case "adam": {
        const { scalars } = this.#start.schedule.map;
        return this.#adam(task.values, task.gradients, task.first, task.second, task.bytes, scalars);
      }
    }
  }

  #writeScalars(scalars: Scalars, latentRate: number | undefined): void {
    const at = (field: keyof typeof SCALAR) => (this.#start.schedule.map.scalars + SCALAR[field]) / 4;
    const { temperature } = scalars;
    this.#floats[at("inverseTemperature")] = 1 / temperature;
    this.#floats[at("softroundGain")] = 0.5 / Math.tanh(0.5 / temperature);
    this.#floats[at("noise")] = scalars.noise;
    this.#words[at("noiseKey")] = scalars.noiseKey;
    this.#floats[at("natWeight")] = scalars.rateWeight / Math.LN2;
    this.#floats[at("distortionWeight")] = scalars.distortionWeight;
    if (latentRate === undefined) return;
    this.#floats[at("adamRate")] = adamStepSize(LATENT_ADAM, latentRate, ++this.#latentSteps);
  }

  #losses(pass: Pass): LossSums {
    let nats = 0;
    let squaredError = 0;
    for (const at of pass.losses) {
      nats += this.#floats[at];
      squaredError += this.#floats[at + 1];
    }
    return { bits: nats / Math.LN2, squaredError };
  }

  #updateParameters(pass: Pass, { parameterRate, clipNorm }: Step): void {
    const gradients = this.#gradients.fill(0);
    for (const { from, length, to } of pass.gradients) {
      for (let i = 0; i < length; i++) gradients[to + i] += this.#floats[from + i];
    }
    const { parameters, priorCentre, priorWeight, priorFrozen } = this.#start.schedule.map;
    const floats = (address: number) => this.#floats.subarray(address / 4, address / 4 + this.#start.parameterCount);
    this.#optimiser.update(floats(parameters), gradients, {
      ...{ rate: parameterRate, clipNorm },
      prior: { centre: floats(priorCentre), weight: floats(priorWeight), frozen: floats(priorFrozen) },
    });
  }
}
