/** Geometry of plots: lines cut at a rectangle, labels that keep their distance. */

/** An interval. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** The part of a line within a rectangle (Liang and Barsky), `undefined` if there is none. */
export function clipSegment(from: Place, to: Place, { x, y }: { x: Range; y: Range }): [Place, Place] | undefined {
  let [start, end] = [0, 1];
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const borders = [[-dx, from.x - x.low], [dx, x.high - from.x], [-dy, from.y - y.low], [dy, y.high - from.y]];
  for (const [direction, distance] of borders) {
    if (direction === 0 && distance < 0) return undefined;
    if (direction < 0) start = Math.max(start, distance / direction);
    if (direction > 0) end = Math.min(end, distance / direction);
  }
  if (start > end) return undefined;
  const at = (t: number) => t === 0 ? from : t === 1 ? to : { x: from.x + t * dx, y: from.y + t * dy };
  return [at(start), at(end)];
}

/**
 * Places for labels that want to be at `wanted`: in the same order, at least `gap` apart, within `low..high` as far as they
 * fit.
 */
export function spread(wanted: readonly number[], { gap, low, high }: Range & { gap: number }): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  const places = [...wanted];
  order.forEach((index, rank) => {
    const least = rank === 0 ? low : places[order[rank - 1]] + gap;
    places[index] = Math.max(places[index], least);
  });
  order.toReversed().forEach((index, rank) => {
    const most = rank === 0 ? high : places[order[order.length - rank]] - gap;
    places[index] = Math.min(places[index], most);
  });
  return places;
}
