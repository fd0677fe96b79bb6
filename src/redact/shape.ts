/** JSON values without what people have put in them: the same structure, types and lengths. @module */

import { assetId } from "../parse/assets.ts";
import { isObject } from "../parse/raw.ts";
import type { Ids } from "./ids.ts";
import { redactFileName, redactPath } from "./path.ts";
import { filler } from "./text.ts";
import {
  isFileField,
  isFormatValue,
  isIdField,
  isTimeField,
  NAMES,
} from "./vocabulary.ts";

/** What an object is: in those of the format new fields may turn up, whose names are the format's own. */
type Kind =
  | "conversation"
  | "node"
  | "message"
  | "author"
  | "content"
  | "part"
  | "metadata"
  | "attachment"
  /** An entry of a file beside the conversations. */
  | "record"
  /** Its keys are ids. */
  | "mapping"
  /** Its keys are paths or pointers of files, and its values paths. */
  | "files"
  /** Anything may be in it. */
  | "free";

/** What the fields of an object are objects of. */
const INSIDE: Readonly<Partial<Record<Kind, Readonly<Record<string, Kind>>>>> =
  {
    conversation: { mapping: "mapping" },
    mapping: {},
    node: { message: "message" },
    message: { author: "author", content: "content", metadata: "metadata" },
    content: { parts: "part" },
    part: { parts: "part" },
    metadata: { attachments: "attachment" },
    record: { messages: "record", chats: "record", attachments: "attachment" },
  };

/** What stays the same throughout a run. */
export interface Redaction {
  readonly ids: Ids;
  /** Seconds by which times are moved. */
  readonly shift: number;
}

/** The value without anything that a person has written, and without times and ids that are anybody's. */
export function redact(
  value: unknown,
  kind: "conversation" | "record" | "files" | "free",
  redaction: Redaction,
): unknown {
  return walk(value, kind, { kind: "free", name: "" }, redaction, 0);
}

/** Where a value is: a field of an object of some kind. */
interface Place {
  readonly kind: Kind;
  readonly name: string;
}

/** Nobody needs to see what is nested deeper. */
const MOST_DEPTH = 200;

/** @param kind What the value is, where it is an object. */
function walk(
  value: unknown,
  kind: Kind,
  place: Place,
  redaction: Redaction,
  depth: number,
): unknown {
  if (depth > MOST_DEPTH) return null;
  if (Array.isArray(value)) {
    return value.map((one) => walk(one, kind, place, redaction, depth + 1));
  }
  if (isObject(value)) {
    const keys = new Keys(kind, redaction);
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        const next = kind === "mapping"
          ? "node"
          : INSIDE[kind]?.[name] ?? (kind === "files" ? "files" : "free");
        const field = { kind, name };
        return [keys.of(name), walk(inner, next, field, redaction, depth + 1)];
      }),
    );
  }
  if (typeof value === "string") return redactText(value, place, redaction);
  if (typeof value === "number") return redactNumber(value, place, redaction);
  return value;
}

/** The keys of one object, each with a name that no other has. */
class Keys {
  readonly #kind: Kind;
  readonly #redaction: Redaction;
  readonly #taken = new Set<string>();

  constructor(kind: Kind, redaction: Redaction) {
    this.#kind = kind;
    this.#redaction = redaction;
  }

  of(key: string): string {
    const plain = this.#plain(key);
    let unique = plain;
    for (let copy = 2; this.#taken.has(unique); copy++) {
      unique = `${plain}${copy}`;
    }
    this.#taken.add(unique);
    return unique;
  }

  #plain(key: string): string {
    const { ids } = this.#redaction;
    switch (this.#kind) {
      case "mapping":
        return ids.of(key);
      case "files":
        return isPointer(key) ? redactPointer(key, ids) : redactPath(key, ids);
      case "free":
        return NAMES.has(key) ? key : filler(key);
      default:
        return NAMES.has(key) || /^[a-z][a-z0-9_]{0,40}$/.test(key)
          ? key
          : filler(key);
    }
  }
}

function redactText(
  text: string,
  { kind, name }: Place,
  { ids, shift }: Redaction,
): string {
  if (kind === "files") return redactPath(text, ids);
  // New types are what a report may be about; only the format itself has words here.
  if (name === "content_type" && (kind === "content" || kind === "part")) {
    return /^[a-z][a-z0-9_]{0,40}$/.test(text) ? text : filler(text);
  }
  // Tools have names of the format; people, files and groups have their own.
  const named = name === "name" && kind !== "author";
  if (!named && isFormatValue(name, text)) return text;
  if (kind === "attachment" && name === "name") {
    return redactFileName(text, ids);
  }
  if (isFileField(name)) return redactPath(text, ids);
  if (name === "asset_pointer" || isPointer(text)) {
    return redactPointer(text, ids);
  }
  if (isTimeField(name)) {
    const moved = moveDate(text, shift);
    if (moved !== undefined) return moved;
  }
  return isIdField(name) ? ids.of(text) : filler(text);
}

function isPointer(text: string): boolean {
  return /^(?:file-service|sediment):\/\/[^\s]*$/.test(text);
}

/** The scheme and what is behind the id stay; anything else becomes a filler. */
function redactPointer(text: string, ids: Ids): string {
  const id = assetId(text);
  const scheme = /^(?:file-service|sediment):\/\//.exec(text)?.[0] ?? "";
  if (id === undefined) return scheme + ids.of(text.slice(scheme.length));
  const at = text.lastIndexOf(id);
  return scheme + ids.of(text.slice(scheme.length, at)) + ids.of(id) +
    filler(text.slice(at + id.length));
}

/** A date in ISO's notation some seconds away, in the notation that it had. */
function moveDate(text: string, shift: number): string | undefined {
  if (
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?$/.test(text)
  ) {
    return undefined;
  }
  const time = Date.parse(`${text.slice(0, 19)}Z`);
  if (Number.isNaN(time)) return undefined;
  return new Date(time + shift * 1000).toISOString().slice(0, 19) +
    text.slice(19);
}

function redactNumber(
  value: number,
  { name }: Place,
  { shift }: Redaction,
): number {
  if (isTimeField(name) && Math.abs(value) > 1e8) {
    // Beyond 1e11 it is in milliseconds. Rounded, as the sum has digits that neither had.
    const unit = Math.abs(value) > 1e11 ? 1000 : 1;
    return Math.round((value + shift * unit) * 1e6) / 1e6;
  }
  if (NAMES.has(name) && !PRIVATE_NUMBERS.has(name)) return value;
  // Of others only the kind and the size.
  return Number(String(value).replace(/[1-9]/g, "1"));
}

const PRIVATE_NUMBERS = new Set(["birth_year", "phone_number", "seed"]);
