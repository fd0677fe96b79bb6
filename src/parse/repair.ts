/** Makes valid JSON of what some tools write for it. @module */

const MISSING_NUMBER = /-?\bInfinity\b|\bNaN\b/g;
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f]/g;

/** Turns NaN and infinities into null and escapes control characters inside strings; the rest stays as it is. */
export function repairJson(text: string): string {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const quote = indexOrEnd(text, at);
    pieces.push(text.slice(at, quote).replace(MISSING_NUMBER, "null"));
    const end = stringEnd(text, quote);
    pieces.push(text.slice(quote, end).replace(CONTROL, escape));
    at = end;
  }
  return pieces.join("");
}

function indexOrEnd(text: string, from: number): number {
  const quote = text.indexOf('"', from);
  return quote < 0 ? text.length : quote;
}

/** The index behind the closing quote of the string that opens at an index. */
function stringEnd(text: string, open: number): number {
  let from = open + 1;
  for (;;) {
    const quote = indexOrEnd(text, from);
    if (quote >= text.length) return text.length;
    let backslashes = 0;
    while (
      quote - backslashes > from && text[quote - backslashes - 1] === "\\"
    ) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
