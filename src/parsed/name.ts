/** Names of parsed files, safe on every file system. @module */

import { createHash } from "node:crypto";
import { SUFFIX } from "./format.ts";

/** File systems take 255 bytes; this leaves room for the ending. */
const MOST_CHARACTERS = 200;
/** Names that Windows keeps for devices, whatever ending follows. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * The name of a conversation's file: its id where that is safe, else a digest of it.
 *
 * @param isTaken Whether a name, in lower case, belongs to another conversation: on many file systems names
 *     that differ only by case are one.
 */
export function fileName(
  id: string,
  isTaken: (lowerCaseName: string) => boolean,
): string {
  const safe = id.length <= MOST_CHARACTERS &&
    /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(id) && !DEVICE.test(id);
  const plain = `${id}${SUFFIX}`;
  if (safe && !isTaken(plain.toLowerCase())) return plain;
  const digest = createHash("sha256").update(id, "utf16le").digest("hex");
  return `~${digest.slice(0, 32)}${SUFFIX}`;
}
