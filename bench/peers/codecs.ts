/** Other codecs, as programs of Debian packages: how each one is called. */

/** Files of one encode and decode. */
export interface PeerFiles {
  /** The original. */
  readonly png: string;
  /** The original again, for programs that do not read PNG. */
  readonly ppm: string;
  /** What the encoder writes. */
  readonly coded: string;
  /** What the decoder writes: PPM or PNG, by `decodedAs`. */
  readonly decoded: string;
}

/** A program with its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]];

/** Another codec. */
export interface Peer {
  readonly name: string;
  /** The programs it needs. */
  readonly programs: readonly string[];
  /** The Debian package to install where one is missing. */
  readonly package: string;
  /** Prints its version, and `part` has to be in it: an encoder can be left out of a build. */
  readonly version: { readonly command: CommandLine; readonly part: RegExp };
  /** Settings from low to high rate, in the encoder's own scale. */
  readonly qualities: readonly number[];
  readonly extension: string;
  readonly decodedAs: "ppm" | "png";
  readonly encode: (files: PeerFiles, quality: number) => CommandLine;
  readonly decode: (files: PeerFiles) => CommandLine;
}

const AVIF_DECODE: Peer["decode"] = ({ coded, decoded }) => ["avifdec", "--jobs", "1", coded, decoded];

/** One AVIF encoder; `format` is the chroma format, and quantisers are 0 (lossless) to 63. */
function avif(codec: string, format: string, rateControl: (quality: number) => string[]): Omit<Peer, "name"> {
  const fixed = ["-c", codec, "-y", format, "-s", "4", "--jobs", "1"];
  return {
    programs: ["avifenc", "avifdec"],
    package: "libavif-bin",
    version: { command: ["avifenc", "--version"], part: new RegExp(`\\b${codec} \\[enc[^\\]]*\\]:[\\w.]+`) },
    qualities: codec === "svt" ? [63, 60, 55, 46, 37] : [55, 46, 37, 28, 18],
    extension: "avif",
    decodedAs: "png",
    encode: ({ png, coded }, quality) => ["avifenc", ...fixed, ...rateControl(quality), png, coded],
    decode: AVIF_DECODE,
  };
}

/** RGB to 10-bit 4:4:4 and back with one matrix, so that nothing is lost but what the codec loses. */
const FFMPEG = ["-hide_banner", "-loglevel", "error", "-y", "-threads", "1"];
const MATRIX = "color_matrix=bt709:";

/** All of them. */
export const PEERS: readonly Peer[] = [
  {
    name: "JPEG",
    programs: ["cjpeg", "djpeg"],
    package: "libjpeg-turbo-progs",
    version: { command: ["cjpeg", "-version"], part: /(mozjpeg|libjpeg)\S* version \S+/i },
    qualities: [15, 30, 50, 75, 90],
    extension: "jpg",
    decodedAs: "ppm",
    encode: (
      { ppm, coded },
      quality,
    ) => ["cjpeg", "-quality", `${quality}`, "-optimize", "-progressive", "-outfile", coded, ppm],
    decode: ({ coded, decoded }) => ["djpeg", "-pnm", "-outfile", decoded, coded],
  },
  {
    name: "WebP",
    programs: ["cwebp", "dwebp"],
    package: "webp",
    version: { command: ["cwebp", "-version"], part: /\d+\.\d+\S*/ },
    qualities: [5, 25, 50, 75, 92],
    extension: "webp",
    decodedAs: "ppm",
    encode: ({ png, coded }, quality) => ["cwebp", "-quiet", "-m", "6", "-q", `${quality}`, png, "-o", coded],
    decode: ({ coded, decoded }) => ["dwebp", "-quiet", coded, "-ppm", "-o", decoded],
  },
  {
    name: "JPEG XL",
    programs: ["cjxl", "djxl"],
    package: "libjxl-tools",
    version: { command: ["cjxl", "--version"], part: /v\d+\.\d+\S*/ },
    qualities: [8, 4, 2, 1, 0.5],
    extension: "jxl",
    decodedAs: "ppm",
    encode: (
      { png, coded },
      distance,
    ) => ["cjxl", png, coded, "-d", `${distance}`, "-e", "7", "--num_threads=0", "--quiet"],
    decode: ({ coded, decoded }) => ["djxl", coded, decoded, "--num_threads=0", "--quiet"],
  },
  {
    name: "AVIF (libaom)",
    ...avif("aom", "444", (q) => ["--min", "0", "--max", "63", "-a", "end-usage=q", "-a", `cq-level=${q}`]),
  },
  { name: "AVIF (SVT, 4:2:0)", ...avif("svt", "420", (q) => ["--min", `${q}`, "--max", `${q}`]) },
  {
    name: "x265 intra",
    programs: ["ffmpeg"],
    package: "ffmpeg",
    version: { command: ["ffmpeg", "-hide_banner", "-h", "encoder=libx265"], part: /Encoder libx265/ },
    qualities: [42, 36, 30, 25, 19],
    extension: "hevc",
    decodedAs: "ppm",
    encode: ({ png, coded }, qp) => [
      ...["ffmpeg", ...FFMPEG, "-i", png, "-frames:v", "1"] as const,
      ...["-vf", `scale=out_${MATRIX}out_range=full,format=yuv444p10le`],
      ...["-c:v", "libx265", "-preset", "slow", "-tune", "psnr"],
      ...["-x265-params", `qp=${qp}:keyint=1:log-level=none:pools=1:frame-threads=1`, "-f", "hevc", coded],
    ],
    decode: ({ coded, decoded }) => [
      ...["ffmpeg", ...FFMPEG, "-f", "hevc", "-i", coded] as const,
      ...["-vf", `scale=in_${MATRIX}in_range=full,format=rgb24`, "-frames:v", "1", "-update", "1", decoded],
    ],
  },
];
