/** Times the tasks of a training pass by program, in this thread. */

import type { Call, Graph } from "../kernels/graph.ts";
import { backwardPhases, forwardPhases } from "../kernels/wasm/phases.ts";
import { isLoss } from "../kernels/program.ts";
import { SCALAR } from "../kernels/wasm/program_layout.ts";
import { compileSchedule, type Schedule, type Task } from "../kernels/wasm/schedule.ts";
import { randomSource } from "../tests/random.ts";

/** Time of all calls of one program in one direction, per iteration. */
export interface ProgramTime {
  readonly calls: readonly Call[];
  readonly direction: "forward" | "backward";
  readonly milliseconds: number;
}

const ITERATIONS = 6;
const WARM_UP = 3;

/** Runs whole soft training passes on random latents, one thread; gives each program's share, longest first. */
export function taskTimes(graph: Graph): ProgramTime[] {
  const schedule = compileSchedule(graph, 1);
  const memory = new WebAssembly.Memory({ initial: schedule.pages, maximum: schedule.pages, shared: true });
  fill(graph, schedule, memory);
  const run = taskRunner(schedule, memory);
  const phases = labelledPhases(graph, schedule);
  const times = new Map<string, { calls: Set<Call>; direction: "forward" | "backward"; milliseconds: number }>();
  for (let iteration = 0; iteration < WARM_UP + ITERATIONS; iteration++) {
    for (const { tasks, direction } of phases) {
      for (const task of tasks) {
        const start = performance.now();
        run(task);
        const elapsed = performance.now() - start;
        if (iteration < WARM_UP || task.kind !== "kernel") continue;
        const call = callOf(schedule, task.binding);
        const key = `${call.program.name} ${direction}`;
        const entry = times.get(key) ?? { calls: new Set(), direction, milliseconds: 0 };
        entry.calls.add(call);
        entry.milliseconds += elapsed / ITERATIONS;
        times.set(key, entry);
      }
    }
  }
  return [...times.values()]
    .map(({ calls, ...rest }) => ({ calls: [...calls], ...rest }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

function labelledPhases({ softQuantise, body }: Graph, { train }: Schedule) {
  const forward = forwardPhases([...softQuantise, ...body.filter((call) => !isLoss(call.program))]).length;
  const backward = backwardPhases([...softQuantise, ...body]).length;
  return train.phases.slice(0, forward + backward).map((tasks, i) => ({
    tasks,
    direction: i < forward ? "forward" as const : "backward" as const,
  }));
}

function callOf({ map }: Schedule, binding: number): Call {
  for (const [call, address] of map.bindings) if (address === binding) return call;
  throw new RangeError(`Cannot time task: no call has its binding at ${binding}`);
}

function taskRunner({ module, functions, map }: Schedule, memory: WebAssembly.Memory): (task: Task) => void {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = functions.map((name) => exports[name] as unknown as (...words: number[]) => void);
  const { scratch, trash } = map.threads[0];
  return (task) => {
    if (task.kind !== "kernel") return;
    kernels[task.fn](task.binding, task.yBegin, task.yEnd, scratch, task.partial, trash);
  };
}

/** Random latents, image and parameters, and scalars with every effect switched on. */
function fill(graph: Graph, { tables, map }: Schedule, memory: WebAssembly.Memory): void {
  const floats = new Float32Array(memory.buffer);
  for (const [address, words] of tables) new Int32Array(memory.buffer, address).set(words);
  const random = randomSource(1);
  graph.planes.forEach(({ name, width, height }, i) => {
    if (!/^(latent|image)/.test(name)) return;
    const { base, rowBytes } = map.planes[i];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) floats[(base + y * rowBytes) / 4 + x] = 2 * random() - 0.5;
    }
  });
  for (let i = 0; i < graph.parameterCount; i++) floats[map.parameters / 4 + i] = 0.2 * (random() - 0.5);
  const scalar = (field: keyof typeof SCALAR, value: number) => floats[(map.scalars + SCALAR[field]) / 4] = value;
  scalar("inverseTemperature", 1 / 0.3);
  scalar("softroundGain", 0.5 / Math.tanh(0.5 / 0.3));
  scalar("noise", 0.2);
  scalar("natWeight", 1 / Math.LN2);
  scalar("distortionWeight", 333);
}
