/** Pieces of an HTML page as text. */

/** Text as it may stand in an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => names[character]);
}

/** A table; cells are text, the first of each row its heading. */
export function htmlTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, texts: readonly string[]) =>
    texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join("");
  const body = rows.map(([first, ...rest]) => `<tr><th scope="row">${escapeHtml(first)}</th>${cells("td", rest)}</tr>`);
  return `<div class="scroll"><table><thead><tr>${cells("th", header)}</tr></thead><tbody>${
    body.join("\n")
  }</tbody></table></div>`;
}
