/** Products of small dense matrices, row-major, float64; `into` is none of the factors. */

/** Sizes of a product: `[rows, inner] x [inner, cols]`. */
export interface ProductSizes {
  readonly rows: number;
  readonly inner: number;
  readonly cols: number;
}

/** `into = A B`. */
export function multiply(into: Float64Array, a: Float64Array, b: Float64Array, sizes: ProductSizes): void {
  const { rows, inner, cols } = sizes;
  into.fill(0);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[r * inner + k];
      for (let c = 0, to = r * cols, from = k * cols; c < cols; c++) into[to + c] += factor * b[from + c];
    }
  }
}

/** `into = A^T B`, with A stored as `[inner, rows]`. */
export function multiplyTransposedLeft(
  into: Float64Array,
  a: Float64Array,
  b: Float64Array,
  sizes: ProductSizes,
): void {
  const { rows, inner, cols } = sizes;
  into.fill(0);
  for (let k = 0; k < inner; k++) {
    for (let r = 0; r < rows; r++) {
      const factor = a[k * rows + r];
      for (let c = 0, to = r * cols, from = k * cols; c < cols; c++) into[to + c] += factor * b[from + c];
    }
  }
}

/** `into = A B^T`, with B stored as `[cols, inner]`. */
export function multiplyTransposedRight(
  into: Float64Array,
  a: Float64Array,
  b: Float64Array,
  sizes: ProductSizes,
): void {
  const { rows, inner, cols } = sizes;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      let sum = 0;
      for (let k = 0, x = r * inner, y = c * inner; k < inner; k++) sum += a[x + k] * b[y + k];
      into[r * cols + c] = sum;
    }
  }
}
