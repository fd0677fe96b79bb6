/** Makes valid JSON of what some tools write for it. @module */

import { Buffer } from "node:buffer";

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

/** A character beyond the first 65,536 as two surrogates of three bytes each, as CESU-8 writes it. */
const SURROGATES =
  /\xed([\xa0-\xaf])([\x80-\xbf])\xed([\xb0-\xbf])([\x80-\xbf])/g;

/** The bytes with such pairs in UTF-8; a surrogate alone stays as it is. */
export function repairSurrogates(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("latin1");
  const repaired = text.replace(SURROGATES, (_, a, b, c, d) => {
    const six = (one: string, bits: number) => one.charCodeAt(0) & bits;
    const high = (six(a, 0x0f) << 6) | six(b, 0x3f);
    const low = (six(c, 0x0f) << 6) | six(d, 0x3f);
    const character = String.fromCodePoint(0x10000 + (high << 10) + low);
    return Buffer.from(character).toString("latin1");
  });
  return Buffer.from(repaired, "latin1");
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
