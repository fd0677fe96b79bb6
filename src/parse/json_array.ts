/**
 * Splits a JSON text of any size into the elements of its list without ever holding more than one.
 *
 * Quotes, backslashes and brackets never occur inside a multi-byte sequence of UTF-8, so each chunk can be
 * looked at as a latin1 string, in which V8 finds the next quote far faster than in bytes.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** One element of the list. */
export interface JsonElement {
  /** Its place in the list, from 0. */
  readonly index: number;
  /** The offset of its first byte in the text. */
  readonly offset: number;
  /** How many bytes it has. */
  readonly size: number;
  /**
   * Its bytes, perhaps with white space round them; valid only until the next element is asked for. None where
   * it has more than were allowed.
   */
  readonly bytes: Uint8Array | undefined;
  /** Whether it is no element of a list, but the text itself or a line of it: an object that holds no list. */
  readonly whole: boolean;
}

/** Options of {@linkcode splitJson}. */
export interface SplitOptions {
  /** The most bytes that one element may have, of which parsing it takes several times as much; 256 MiB unless given. */
  readonly maxElementBytes?: number;
}

/** A text that ends too early or goes on where it should not. Its elements up to there have been yielded. */
export class JsonTextError extends Error {
  override readonly name = "JsonTextError";
  /** The offset of the byte at fault. */
  readonly offset: number;
  /** What is at fault: no list nor object at all, an early end, or data after the end. */
  readonly fault: "not-json" | "truncated" | "trailing";

  constructor(
    fault: JsonTextError["fault"],
    message: string,
    offset: number,
  ) {
    super(`${message} at byte ${offset}`);
    this.fault = fault;
    this.offset = offset;
  }
}

/**
 * Yields the elements of a list at the top of a JSON text, or of the list called `conversations` in an
 * object at its top, or else that object itself and those that follow it, as in NDJSON. Elements are not
 * parsed, so a broken one does no harm to
 * its neighbours as long as its quotes and brackets are paired.
 *
 * @param chunks The text in UTF-8, with or without a byte order mark, cut anywhere.
 * @throws {JsonTextError}
 */
export async function* splitJson(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: SplitOptions = {},
): AsyncGenerator<JsonElement> {
  const splitter = new Splitter(options.maxElementBytes ?? 256 * 2 ** 20);
  for await (const chunk of chunks) yield* splitter.push(chunk);
  splitter.end();
}

const LIST_KEY = "conversations";
const QUOTE = 0x22, COMMA = 0x2c, COLON = 0x3a, BACKSLASH = 0x5c;
const LIST_OPEN = 0x5b, LIST_CLOSE = 0x5d, OPEN = 0x7b, CLOSE = 0x7d;

/** Where in the text the splitter is. */
type Place =
  /** Before the first bracket. */
  | "start"
  /** In an object at the top, which may be one element or hold the list. */
  | "object"
  | "list"
  /** In the object, behind its list. */
  | "rest"
  /** Behind the last bracket. */
  | "end";

class Splitter {
  readonly #most: number;
  #place: Place = "start";
  /** Offset of the current chunk. */
  #base = 0;
  /** Open brackets. */
  #depth = 0;
  /** Open brackets just inside the list. */
  #listDepth = 0;
  #inString = false;
  /** Whether the last chunk ended in a string behind an odd number of backslashes. */
  #escaped = false;
  #index = 0;
  /** Whether the elements are objects at the top of the text. */
  #objects = false;
  /** Offset of the element being read, -1 between elements. */
  #start = -1;
  /** The element's bytes of earlier chunks, in a buffer that only grows. */
  #carry = new Uint8Array(0);
  #carried = 0;
  /** The key being read in an object at the top, and whether a key comes next. */
  #key = "";
  #keyFollows = false;
  #valueFollows = false;

  constructor(most: number) {
    this.#most = most;
  }

  *push(chunk: Uint8Array): Generator<JsonElement> {
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
      .toString("latin1");
    let at = 0;
    while (at < text.length) {
      if (this.#inString) {
        at = this.#passString(text, at);
        continue;
      }
      if (this.#place === "list" && this.#depth > this.#listDepth) {
        at = this.#passInside(text, at);
        continue;
      }
      const code = text.charCodeAt(at);
      switch (this.#place) {
        case "list":
          if (code === COMMA || code === LIST_CLOSE) {
            // An empty list has no element, but a comma always stands behind one.
            if (this.#start >= 0 || code === COMMA) {
              yield this.#element(chunk, at, false);
            }
            if (code === LIST_CLOSE) {
              this.#place = --this.#depth === 0 ? "end" : "rest";
            }
            break;
          }
          if (code === CLOSE) this.#fail("not-json", "unexpected }", at);
          if (this.#start < 0 && !isSpace(code)) this.#start = this.#base + at;
          this.#passCode(code);
          break;
        case "object":
          this.#passCode(code);
          if (this.#depth === 0) {
            yield this.#element(chunk, at + 1, true);
            this.#place = "end";
          } else if (this.#depth <= 2) this.#lookForList(code);
          break;
        case "rest":
          this.#passCode(code);
          if (this.#depth === 0) this.#place = "end";
          break;
        case "start":
          this.#begin(code, at);
          break;
        case "end":
          // Objects one after the other are elements, whatever divides their lines.
          if (code === OPEN && this.#objects) this.#begin(code, at);
          else if (!isSpace(code)) {
            this.#fail("trailing", "unexpected data after the end", at);
          }
      }
      at++;
    }
    // What is too large already is passed, not kept.
    if (
      this.#start >= 0 && this.#base + text.length - this.#start <= this.#most
    ) {
      this.#keep(chunk.subarray(Math.max(0, this.#start - this.#base)));
    }
    this.#base += text.length;
  }

  end(): void {
    if (this.#place === "start") this.#fail("not-json", "no JSON found", 0);
    if (this.#place !== "end") this.#fail("truncated", "JSON is cut off", 0);
  }

  #begin(code: number, at: number): void {
    if (code === LIST_OPEN) {
      this.#place = "list";
      this.#depth = this.#listDepth = 1;
    } else if (code === OPEN) {
      this.#place = "object";
      this.#objects = true;
      this.#depth = 1;
      this.#start = this.#base + at;
      this.#keyFollows = true;
    } else if (!isSpace(code) && !isMark(code, this.#base + at)) {
      this.#fail("not-json", "neither a list nor an object", at);
    }
  }

  #passCode(code: number): void {
    if (code === QUOTE) {
      this.#inString = true;
      if (this.#keyFollows && this.#depth === 1) this.#key = "";
    } else if (code === OPEN || code === LIST_OPEN) this.#depth++;
    else if (code === CLOSE || code === LIST_CLOSE) this.#depth--;
  }

  /**
   * Moves through an element's inside up to its last bracket, or the end of the chunk. Nearly all of a text
   * is passed here, so it keeps to local variables.
   */
  #passInside(text: string, from: number): number {
    const outside = this.#listDepth;
    let depth = this.#depth;
    let at = from;
    while (at < text.length && depth > outside) {
      const code = text.charCodeAt(at++);
      if (code === QUOTE) {
        let end = text.indexOf('"', at);
        while (
          end > at && text.charCodeAt(end - 1) === BACKSLASH &&
          isEscaped(text, end, at)
        ) {
          end = text.indexOf('"', end + 1);
        }
        if (end >= 0) {
          at = end + 1;
          continue;
        }
        this.#inString = true;
        at = this.#passString(text, at);
        if (this.#inString) break;
      } else if (code === OPEN || code === LIST_OPEN) depth++;
      else if (code === CLOSE || code === LIST_CLOSE) depth--;
    }
    this.#depth = depth;
    return at;
  }

  /** Moves behind the end of a string, or of the chunk. */
  #passString(text: string, from: number): number {
    let at = from;
    if (this.#escaped && at < text.length) {
      this.#escaped = false;
      at++;
    }
    for (;;) {
      const quote = text.indexOf('"', at);
      const end = quote < 0 ? text.length : quote;
      if (this.#keyFollows && this.#place === "object" && this.#depth === 1) {
        this.#key += text.slice(at, Math.min(end, at + LIST_KEY.length + 1));
      }
      const escaped = isEscaped(text, end, at);
      if (quote < 0) {
        this.#escaped = escaped;
        return end;
      }
      at = end + 1;
      if (!escaped) {
        this.#inString = false;
        return at;
      }
    }
  }

  /** In an object at the top: turns to the list when its key has just been passed. */
  #lookForList(code: number): void {
    if (isSpace(code)) return;
    if (this.#valueFollows && code === LIST_OPEN && this.#depth === 2) {
      this.#place = "list";
      this.#listDepth = 2;
      this.#start = -1;
      this.#carried = 0;
    }
    this.#valueFollows = false;
    if (this.#depth !== 1) return;
    if (code === COMMA) this.#keyFollows = true;
    else if (code === COLON) {
      this.#keyFollows = false;
      this.#valueFollows = this.#key === LIST_KEY;
    }
  }

  #element(chunk: Uint8Array, end: number, whole: boolean): JsonElement {
    const start = this.#start < 0 ? this.#base + end : this.#start;
    const size = this.#base + end - start;
    let bytes: Uint8Array | undefined;
    if (size <= this.#most) {
      const here = chunk.subarray(Math.max(0, start - this.#base), end);
      bytes = here;
      if (this.#carried > 0) {
        this.#keep(here);
        bytes = this.#carry.subarray(0, this.#carried);
      }
    }
    this.#start = -1;
    this.#carried = 0;
    return { index: this.#index++, offset: start, size, bytes, whole };
  }

  /** Adds bytes to those of the element that lie in earlier chunks. */
  #keep(bytes: Uint8Array): void {
    const size = this.#carried + bytes.length;
    if (size > this.#carry.length) {
      const grown = new Uint8Array(Math.max(size, this.#carry.length * 2));
      grown.set(this.#carry.subarray(0, this.#carried));
      this.#carry = grown;
    }
    this.#carry.set(bytes, this.#carried);
    this.#carried = size;
  }

  #fail(fault: JsonTextError["fault"], message: string, at: number): never {
    throw new JsonTextError(fault, message, this.#base + at);
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Whether an odd number of backslashes stands before an index, counted down to where the string begins. */
function isEscaped(text: string, index: number, from: number): boolean {
  let first = index;
  while (first > from && text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (index - first) % 2 === 1;
}

/** Whether a byte at an offset belongs to the byte order mark. */
function isMark(code: number, offset: number): boolean {
  return offset < 3 && code === [0xef, 0xbb, 0xbf][offset];
}
