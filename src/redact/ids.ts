/** Stand-ins for ids: the same id is always the same one within a run, and nobody can tell which it was. @module */

import { createHmac } from "node:crypto";

/** What the ids of ChatGPT begin with; it tells what they are ids of. */
const PREFIX = /^(?:libfile_|file[-_]|user-|g-p-|g-|task_e_)/;
/** An id that every conversation may have. */
const COMMON = new Set(["client-created-root"]);
/** Ids of fewer letters and digits could come out the same. */
const FEW = 16;

/** Makes stand-ins. */
export class Ids {
  readonly #salt: Uint8Array;
  readonly #short = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** @param salt What nobody else knows; random unless given. */
  constructor(salt: Uint8Array = crypto.getRandomValues(new Uint8Array(32))) {
    this.#salt = salt;
  }

  /** The stand-in of an id: its letters and digits are others of the same kind, the rest is as it was. */
  of(id: string): string {
    if (COMMON.has(id)) return id;
    const prefix = PREFIX.exec(id)?.[0] ?? "";
    const own = id.slice(prefix.length);
    if (countOf(own) >= FEW) return prefix + this.#scramble(own, id);
    let stand = this.#short.get(id);
    for (let round = 0; stand === undefined; round++) {
      // Where all of that length are taken, a longer one does.
      const longer = own + "0".repeat(Math.floor(round / 20));
      const next = prefix + this.#scramble(longer, `${round} ${id}`);
      if (!this.#taken.has(next)) stand = next;
    }
    this.#short.set(id, stand);
    this.#taken.add(stand);
    return stand;
  }

  #scramble(text: string, seed: string): string {
    const hex = /^[0-9a-f-]*$/.test(text);
    let bytes: Uint8Array = new Uint8Array(0);
    let block = 0;
    let at = 0;
    const next = () => {
      if (at === bytes.length) {
        bytes = createHmac("sha256", this.#salt).update(`${block++} `)
          .update(seed, "utf16le").digest();
        at = 0;
      }
      return bytes[at++] ?? 0;
    };
    return text.replace(/[0-9a-zA-Z]|\P{ASCII}/gu, (character) => {
      const [first, range] = hex
        ? [-1, 16]
        : character <= "9"
        ? ["0".charCodeAt(0), 10]
        : character <= "Z"
        ? ["A".charCodeAt(0), 26]
        : ["a".charCodeAt(0), 26];
      const pick = next() % range;
      if (first < 0) return pick.toString(16);
      return String.fromCharCode(first + pick).repeat(character.length);
    });
  }
}

function countOf(text: string): number {
  return text.match(/[0-9a-zA-Z]/g)?.length ?? 0;
}
