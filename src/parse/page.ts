/** Finds in `chat.html` where the files are that its conversations point to. @module */

import { Buffer } from "node:buffer";
import { ReadError } from "./bytes.ts";
import { isObject, type RawObject } from "./raw.ts";
import type { PlacedFile } from "./survey.ts";

const START = "var assetsJson = ";
/** The map of a thousand files has about 200 KB. */
const MOST_BYTES = 32 * 2 ** 20;

/**
 * The map from pointers to paths that the page's script begins with `var assetsJson =`; an empty one where it
 * is not there or cannot be read.
 */
export async function readPointers(page: PlacedFile): Promise<RawObject> {
  let tail = "";
  const map: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of page.chunks()) {
      if (size > 0) {
        map.push(chunk.slice());
        size += chunk.length;
        if (size > MOST_BYTES || chunk.includes(LINE_END)) break;
        continue;
      }
      const text = tail +
        Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
          .toString("latin1");
      const at = text.indexOf(START);
      if (at < 0) {
        tail = text.slice(-START.length);
        continue;
      }
      const rest = Buffer.from(text.slice(at + START.length), "latin1");
      map.push(rest);
      size += rest.length + 1;
      if (rest.includes(LINE_END)) break;
    }
    const line = Buffer.concat(map).toString("utf8").split("\n")[0] ?? "";
    const value: unknown = JSON.parse(
      line.replace(/;?\s*(?:<\/script>.*)?$/, ""),
    );
    return isObject(value) ? value : {};
  } catch (error) {
    // It is only one of several places that tell names.
    if (error instanceof ReadError || error instanceof SyntaxError) return {};
    throw error;
  }
}

const LINE_END = 0x0a;
