/** The encodings that exports have been seen in, as UTF-8. @module */

type Encoding = "utf-8" | "utf-16le" | "utf-16be";

/** The text of some first bytes, in whatever encoding they are, without its byte order mark. */
export function decodeStart(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/** The chunks of a text in UTF-8: those of UTF-8 as they are, those of UTF-16 in other words. */
export async function* toUtf8(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | undefined;
  let started = false;
  const encoder = new TextEncoder();
  for await (const chunk of chunks) {
    if (!started) {
      const encoding = encodingOf(chunk);
      if (encoding !== "utf-8") decoder = new TextDecoder(encoding);
      started = chunk.length > 0;
    }
    yield decoder === undefined
      ? chunk
      : encoder.encode(decoder.decode(chunk, { stream: true }));
  }
  if (decoder !== undefined) yield encoder.encode(decoder.decode());
}

/** Told by the byte order mark, or by the zero beside the first bracket. */
function encodingOf(bytes: Uint8Array): Encoding {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (first === 0 && isBracket(second)) return "utf-16be";
  return isBracket(first) && second === 0 ? "utf-16le" : "utf-8";
}

function isBracket(code: number | undefined): boolean {
  return code === 0x5b || code === 0x7b;
}
