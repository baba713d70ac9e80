/** The looks of the report: light and dark by the reader's system, always light on paper. */

const LIGHT = `
  --page: #fbfbfa; --card: #ffffff; --ink: #1d2125; --soft: #5c656e; --line: #dfe3e6;
  --ours: #d01c4a; --peer: #6d4bc3; --standard: #66727d; --learned: #137a63; --cool: #b8670a;`;
const DARK = `
  --page: #14171a; --card: #1c2024; --ink: #e8eaec; --soft: #9aa4ad; --line: #333a40;
  --ours: #ff6b8d; --peer: #b39bf5; --standard: #9aa7b3; --learned: #54c9ab; --cool: #f0a94e;`;

/** The style sheet. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
@media print { :root { color-scheme: light; ${LIGHT} --page: #fff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 32px 20px 64px; max-width: 1080px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 19px; margin: 40px 0 8px; }
h3 { font-size: 16px; margin: 28px 0 8px; }
p { margin: 6px 0; max-width: 75ch; }
.note { color: var(--soft); font-size: 13px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(124px, 1fr)); gap: 12px; margin: 20px 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; }
.tile b { display: block; font-size: 22px; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.3; }
.tile span { color: var(--soft); font-size: 13px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px; margin: 12px 0; }
.scroll { overflow-x: auto; margin: 10px 0; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; min-width: 50%; }
th, td { padding: 4px 12px 4px 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { color: var(--soft); font-weight: 550; border-bottom-color: var(--soft); }
th:first-child { text-align: left; font-weight: 550; } td:last-child { white-space: normal; }
.plot { display: block; width: 100%; height: auto; font-size: 11px; }
.plot text { fill: var(--ink); } .plot .tick, .plot .axis { fill: var(--soft); }
.plot .grid { stroke: var(--line); stroke-width: 1; }
.curve polyline { fill: none; stroke: currentColor; stroke-width: 1.4; stroke-linejoin: round; }
.curve circle { fill: currentColor; } .curve.dashed polyline { stroke-dasharray: 4 3; }
.curve.ours polyline { stroke-width: 2.8; }
.label text { fill: currentColor; } .label.ours text { font-weight: 700; }
.label path { fill: none; stroke: currentColor; stroke-width: 0.7; opacity: 0.45; }
.ours { color: var(--ours); } .peer { color: var(--peer); } .standard { color: var(--standard); }
.learned { color: var(--learned); } .cool-chic { color: var(--cool); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; margin: 4px 0 0 40px; }
.legend i { display: inline-block; width: 18px; height: 0; border-top: 3px solid currentColor; margin-right: 6px;
  vertical-align: middle; } .legend span span { color: var(--ink); }
.crops { display: flex; flex-wrap: wrap; gap: 12px; margin: 12px 0; }
figure { margin: 0; } figure img { display: block; width: 240px; height: auto; image-rendering: pixelated;
  border-radius: 4px; } figcaption { font-size: 12px; color: var(--soft); margin-top: 4px; }
@media print { body { max-width: none; padding: 0; font-size: 11px; } h2, h3 { break-after: avoid; }
  .card, figure, tr, .tile, .picture-head { break-inside: avoid; } .scroll { overflow: visible; }
  figure img { width: 44mm; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
