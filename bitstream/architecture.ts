/**
 * The shape of a decoder: which networks a file's parameters fill.
 *
 * One `Architecture` describes every size of the four networks (ARM, IFCE, upsampling, synthesis). It is plain data: the
 * header carries it (as a preset number or field by field), training builds its kernel programs from it, and the integer
 * decoder runs it. Model: Cool-chic 5.0 (Ladune et al.), with the changes listed in `docs/decisions.md`.
 */

/** One hidden layer of the autoregressive module (ARM); a ReLU follows every hidden layer. */
export interface ArmLayer {
  /** Output width, 1..64. */
  readonly outputs: number;
  /** Adds the layer's input before the ReLU; needs input width = output width. */
  readonly residual: boolean;
}

/** One convolution of the synthesis network, stride 1, replicate padding `(kernel - 1) / 2`. */
export interface SynthesisLayer {
  /** Output planes, 1..127; 0 stands for "as many as the image has channels". */
  readonly outputs: number;
  /** Kernel size, 1 or 3. */
  readonly kernel: 1 | 3;
  /** Adds the layer's input before the activation; needs input planes = output planes. */
  readonly residual: boolean;
  /** ReLU after the layer. */
  readonly relu: boolean;
}

/** Every size of a decoder. */
export interface Architecture {
  /** Spatial context: how many of `CONTEXT_OFFSETS` the ARM reads, 1..40. */
  readonly contexts: number;
  /** Inter-grid features the IFCE gives to the ARM, 0..16 (0: no IFCE). */
  readonly features: number;
  /** The finest levels 0..ifceLevels-1 have an IFCE. */
  readonly ifceLevels: number;
  /** How far the IFCE sees around a site of the next coarser main grid, 0..3: a window of `2 ifceReach + 1` squared. */
  readonly ifceReach: number;
  /** Hidden layers of the ARM. */
  readonly armLayers: readonly ArmLayer[];
  /** A parallel linear layer from the ARM's input to its output. */
  readonly armStabiliser: boolean;
  /** Levels from this one to the top have a hyper grid beside their main grid; 15: none. */
  readonly hyperFirstLevel: number;
  /**
   * So many of the finest hyper grids are synthesised like main grids: second planes at their resolution, which training
   * fills with colour. The others serve as entropy context only. 0..15.
   */
  readonly hyperPlanes: number;
  /** Convolutions from the upsampled planes to the image; the last one has `outputs` = 0. */
  readonly synthesis: readonly SynthesisLayer[];
  /** A parallel 1x1 linear layer from the upsampled planes to the image. */
  readonly synthesisStabiliser: boolean;
}

/** Names of the fixed architectures, in the order of their numbers in the header. */
export const PRESET_NAMES = ["lop", "mop", "hop", "vhop"] as const;
/** Name of a fixed architecture. */
export type PresetName = typeof PRESET_NAMES[number];

/** The fixed architectures: about 500, 1200, 2000 and 3000 multiplications per pixel. Normative: the header stores the number. */
export const PRESETS: Readonly<Record<PresetName, Architecture>> = {
  lop: preset({ contexts: 6, features: 4, armLayers: 1, hiddenPlanes: 16, filters: 0 }),
  mop: preset({ contexts: 14, features: 6, armLayers: 1, hiddenPlanes: 24, filters: 1 }),
  hop: preset({ contexts: 14, features: 6, armLayers: 2, hiddenPlanes: 40, filters: 2 }),
  vhop: preset({ contexts: 20, features: 6, armLayers: 2, hiddenPlanes: 56, filters: 2 }),
};

/** What presets differ in. */
interface PresetSizes extends Pick<Architecture, "contexts" | "features"> {
  readonly armLayers: number;
  /** Planes of the synthesis' hidden layer. */
  readonly hiddenPlanes: number;
  /** 3x3 layers from image to image at its end, with a ReLU after all but the last. */
  readonly filters: number;
}

function preset({ contexts, features, armLayers, hiddenPlanes, filters }: PresetSizes): Architecture {
  return {
    contexts,
    features,
    ifceLevels: 3,
    ifceReach: 1,
    armLayers: Array.from({ length: armLayers }, () => ({ outputs: contexts + features, residual: true })),
    armStabiliser: true,
    hyperFirstLevel: 2,
    hyperPlanes: 2,
    synthesis: [
      { outputs: hiddenPlanes, kernel: 1, residual: false, relu: true },
      { outputs: 0, kernel: 1, residual: false, relu: false },
      ...Array.from({ length: filters }, (_, i) => ({
        outputs: 0,
        kernel: 3 as const,
        residual: true,
        relu: i < filters - 1,
      })),
    ],
    synthesisStabiliser: true,
  };
}

/**
 * Causal neighbours `[dy, dx]` in order of priority; a context of size S uses the first S, in this order as the ARM's
 * input order (Cool-chic 5.0). Neighbours outside the grid read 0.
 */
// deno-fmt-ignore
export const CONTEXT_OFFSETS: readonly (readonly [number, number])[] = [
  [0, -1], [-1, 0], [-1, -1], [-1, 1], [0, -2], [-2, 0], [-3, 0], [0, -3], [-1, -2], [-2, 1],
  [-2, -1], [-1, 2], [-2, -2], [-1, -3], [-2, 2], [-3, 1], [0, -4], [-1, 3], [-2, -3], [-2, 3],
  [-3, -1], [-3, -2], [-3, 2], [-4, 0], [-1, -4], [-4, -1], [-1, 4], [-2, 4], [-3, -3], [-3, 3],
  [-4, -2], [-4, 1], [-2, -4], [-3, -4], [-3, 4], [-4, -3], [-4, 2], [-4, 3], [-4, -4], [-4, 4],
];

/** Size of an image and of its latent pyramid. */
export interface ImageShape {
  /** Pixels, 1..65535. */
  readonly width: number;
  /** Pixels, 1..65535. */
  readonly height: number;
  /** Planes of the picture: 1 (gray) or 3 (RGB), and one more, the last, where alpha is one of them. */
  readonly channels: number;
  /** The coarsest latent level, 0..12; level i has 1/2^i of the image's rows and columns, rounded up. */
  readonly topLevel: number;
}

/** One latent grid of the pyramid. */
export interface LatentGrid {
  /** 0..12; see `topLevel`. */
  readonly level: number;
  /** A hyper grid is the second grid of its level; its entropy model has no IFCE. */
  readonly hyper: boolean;
  /** Whether it is upsampled and synthesised, or serves as entropy context only. */
  readonly synthesised: boolean;
  /** Latents per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

/** Top latent level for an image size: 6 below 1 megapixel, 7 below 3, else 8; less for images under 64 pixels. */
export function defaultTopLevel(width: number, height: number): number {
  const pixels = width * height;
  const bySize = pixels < 1_000_000 ? 6 : pixels < 3_000_000 ? 7 : 8;
  let top = 0;
  while (top < bySize && (Math.max(width, height) >> (top + 1)) > 0) top++;
  return top;
}

/** The shape of an image, with the latent pyramid of its size unless told otherwise. */
export function imageShape(
  { width, height, channels }: Pick<ImageShape, "width" | "height" | "channels">,
  topLevel = defaultTopLevel(width, height),
): ImageShape {
  return { width, height, channels, topLevel };
}

/** Rows or columns of a latent level: `ceil(size / 2^level)`. */
export function levelSize(size: number, level: number): number {
  return Math.ceil(size / (1 << level));
}

/** The latent grids in coding order: coarse to fine, at each level the hyper grid first. */
export function latentGrids(arch: Architecture, shape: ImageShape): LatentGrid[] {
  const grids: LatentGrid[] = [];
  for (let level = shape.topLevel; level >= 0; level--) {
    const size = { level, width: levelSize(shape.width, level), height: levelSize(shape.height, level) };
    if (level >= arch.hyperFirstLevel) {
      grids.push({ ...size, hyper: true, synthesised: hasHyperPlane(arch, level) });
    }
    grids.push({ ...size, hyper: false, synthesised: true });
  }
  return grids;
}

/**
 * The grids that are synthesised, as indices into `latentGrids`, by level; at each level the main grid first. Their planes
 * enter the synthesis in this order, the finest level first.
 */
export function synthesisedGrids(arch: Architecture, shape: ImageShape): number[][] {
  const levels: number[][] = Array.from({ length: shape.topLevel + 1 }, () => []);
  latentGrids(arch, shape).forEach(({ level, synthesised }, index) => {
    if (synthesised) levels[level].unshift(index);
  });
  return levels;
}

type HyperSizes = Pick<Architecture, "hyperFirstLevel" | "hyperPlanes">;

/** Whether a level has a hyper grid that is synthesised. */
function hasHyperPlane({ hyperFirstLevel, hyperPlanes }: HyperSizes, level: number): boolean {
  return level >= hyperFirstLevel && level < hyperFirstLevel + hyperPlanes;
}

/** How many planes enter the synthesis: the number of `synthesisedGrids`. */
export function planeCount(arch: HyperSizes, { topLevel }: Pick<ImageShape, "topLevel">): number {
  let planes = 0;
  for (let level = 0; level <= topLevel; level++) planes += hasHyperPlane(arch, level) ? 2 : 1;
  return planes;
}

/**
 * The IFCE's input grids for main grid `level`, as indices into `latentGrids`, newest decoded first: every grid of a
 * coarser level. Empty where that level has no IFCE. The first one is the main grid of the next coarser level.
 */
export function ifceInputs(arch: Architecture, shape: ImageShape, level: number): number[] {
  if (arch.features === 0 || level >= arch.ifceLevels) return [];
  const inputs: number[] = [];
  latentGrids(arch, shape).forEach((grid, index) => {
    if (grid.level > level) inputs.unshift(index);
  });
  return inputs;
}

/**
 * The sites `[dy, dx]` that the IFCE reads on its first input grid beside the co-located one, row by row; they follow the
 * input grids in the order of its inputs. Outside the grid they read 0.
 */
export function ifceWindow({ ifceReach: reach }: Architecture): [dy: number, dx: number][] {
  const window: [number, number][] = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) if (dy !== 0 || dx !== 0) window.push([dy, dx]);
  }
  return window;
}

/** Number of values that the IFCE of a level reads; 0 where the level has none. */
export function ifceInputCount(arch: Architecture, shape: ImageShape, level: number): number {
  const grids = ifceInputs(arch, shape, level).length;
  return grids === 0 ? 0 : grids + ifceWindow(arch).length;
}
