/** Ids that a table can hold. @module */

import { createHash } from "node:crypto";

/** DynamoDB allows 1,024 bytes for a sort key; this leaves room for a prefix and a suffix. */
const MOST_BYTES = 1000;

/**
 * The id itself, or, where it is empty, over-long or not well-formed Unicode, `~` and its SHA-256 in
 * hexadecimal, so that every id can be part of a key.
 */
export function storableId(id: string): string {
  // A UTF-16 unit is at most three bytes of UTF-8, so that the ids of ChatGPT need no counting.
  const short = id.length * 3 <= MOST_BYTES ||
    new TextEncoder().encode(id).length <= MOST_BYTES;
  const fits = id !== "" && short && id.isWellFormed();
  return fits
    ? id
    : `~${createHash("sha256").update(id, "utf16le").digest("hex")}`;
}
