/** What was found in an export: the ledger of its reading. @module */

import { addCounts } from "./ledger.ts";

/** What a file of an export was good for. */
export type FileUse =
  /** Its conversations were read. */
  | "conversations"
  /** It told more about them: who shared, rated or attached what. */
  | "details"
  /** Something that conversations point to. */
  | "asset"
  /** It was left aside. */
  | "ignored";

/** One file of an export. */
export interface FileNote {
  /** Where it is, beginning with the name of the export. */
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  readonly use: FileUse;
  /** Why it was ignored. */
  readonly why?: string;
}

/** Everything that was seen, by count. Nothing in it is text from a conversation. */
export interface Inventory {
  /** The id of the account that the export is of, where it says so. */
  readonly ownerId?: string;
  readonly files: readonly FileNote[];
  /** Conversations by layout. */
  readonly layouts: Record<string, number>;
  /** Messages, on the thread or off it where they were read, by content type. */
  readonly contentTypes: Record<string, number>;
  /** The same messages by the role of their author. */
  readonly roles: Record<string, number>;
  /** Fields by where they are, such as `message.metadata.model_slug`. */
  readonly fields: Record<string, number>;
  /** Those of the content types, of messages or of their parts, that the program does not know. */
  readonly unknownTypes: Record<string, number>;
  /** Those of the fields that the program does not know. */
  readonly unknownFields: Record<string, number>;
  /** Records of the files of details, and how many of them belong to a conversation of the export. */
  readonly details: Record<string, { records: number; used: number }>;
}

/** An inventory with nothing in it. */
export function emptyInventory(files: readonly FileNote[] = []): Inventory {
  return {
    files,
    layouts: {},
    contentTypes: {},
    roles: {},
    fields: {},
    unknownTypes: {},
    unknownFields: {},
    details: {},
  };
}

/** Both inventories as one. */
export function joinInventories(one: Inventory, other: Inventory): Inventory {
  const ownerId = other.ownerId ?? one.ownerId;
  const joined: Inventory = {
    ...emptyInventory([...one.files, ...other.files]),
    ...(ownerId !== undefined && { ownerId }),
  };
  for (const part of [one, other]) {
    for (const kind of COUNTS) addCounts(joined[kind], part[kind]);
    for (const [name, { records, used }] of Object.entries(part.details)) {
      const sum = joined.details[name] ??= { records: 0, used: 0 };
      sum.records += records;
      sum.used += used;
    }
  }
  return joined;
}

const COUNTS = [
  "layouts",
  "contentTypes",
  "roles",
  "fields",
  "unknownTypes",
  "unknownFields",
] as const satisfies readonly (keyof Inventory)[];
