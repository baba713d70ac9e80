/** Seeded randomness for tests. */

/** A generator of numbers in 0..1 (mulberry32). */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** An integer in low..high. */
export function randomInteger(random: () => number, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** An integer from a Laplace distribution around 0 of scale b, rounded. */
export function randomLaplace(random: () => number, b: number): number {
  const u = random() - 0.5;
  return Math.round(-b * Math.sign(u) * Math.log(1 - 2 * Math.abs(u)));
}
