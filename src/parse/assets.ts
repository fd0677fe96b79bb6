/** The files that messages point to: what they are called, and whether they are in the export. @module */

import { isObject, listOf, type RawObject, textOf } from "./raw.ts";
import { baseName } from "./shards.ts";

/** What an export says of one file. */
export interface Asset {
  readonly id?: string;
  readonly name?: string;
  /** Media type. */
  readonly type?: string;
  /** Bytes. */
  readonly size?: number;
  /** Whether its bytes are in the export. */
  readonly exported: boolean;
}

/** A file of an export. */
export interface AssetFile {
  readonly path: string;
  readonly size: number;
  /** Its media type by its first bytes, where they tell. */
  readonly type?: string;
}

/** The files that are known. */
export interface AssetTable {
  /** By the file's id, or for one that a program made by its path. */
  readonly byId: ReadonlyMap<string, Asset>;
  /** By the id of the message that they came with. */
  readonly byMessage: ReadonlyMap<string, readonly Asset[]>;
}

/** Where an export tells of its files, beside their own names. */
export interface AssetSources {
  readonly files: readonly AssetFile[];
  /** `conversation_asset_file_names.json`: names by path. */
  readonly names?: RawObject;
  /** `library_files.json`: a list. */
  readonly library?: unknown;
  /** `assetsJson` of `chat.html`: paths by pointer. */
  readonly pointers?: RawObject;
}

/** No files. */
export const NO_ASSETS: AssetTable = { byId: new Map(), byMessage: new Map() };

/**
 * The id in a pointer or a name, such as `file-abc` in `file-service://file-abc` and in `file-abc-roses.png`,
 * and `file_abc` in `sediment://hash#file_abc#p_1.jpg`.
 */
export function assetId(pointer: string): string | undefined {
  const path = pointer.replace(/^[a-z-]+:\/\//, "");
  return /(?:^|[/#])(file[-_][A-Za-z0-9]+)/.exec(path)?.[1];
}

/** Gathers what all sources say of each file: its own name first, then the lists beside it. */
export function assetTable(
  { files, names = {}, library, pointers = {} }: AssetSources,
): AssetTable {
  const byId = new Map<string, Asset>();
  const byMessage = new Map<string, Asset[]>();
  const add = (id: string | undefined, asset: Asset) => {
    if (id !== undefined) byId.set(id, merge(byId.get(id), asset));
  };
  const there = new Set<string>();
  for (const { path, size, type } of files) {
    there.add(path).add(baseName(path));
    const id = assetId(baseName(path)) ?? programPath(path);
    add(id, { ...fromPath(path), ...(type && { type }), size, exported: true });
  }
  for (const [path, name] of Object.entries(names)) {
    if (typeof name !== "string") continue;
    const id = assetId(baseName(path));
    add(id, { ...named(baseName(name)), exported: there.has(path) });
  }
  for (const [pointer, value] of Object.entries(pointers)) {
    const path = textOf(isObject(value) ? value.file_path : value);
    if (path === undefined) continue;
    const exported = there.has(path) || there.has(baseName(path));
    add(assetId(pointer) ?? pointer, { ...fromPath(path), exported });
  }
  for (const entry of listOf(library)) {
    if (!isObject(entry)) continue;
    const id = textOf(entry.file_id);
    const asset = {
      ...fromLibrary(entry),
      exported: byId.get(id ?? "")?.exported === true,
    };
    add(id, asset);
    const message = textOf(entry.origination_message_id);
    if (message === undefined) continue;
    const others = byMessage.get(message) ?? [];
    byMessage.set(message, [...others, { ...asset, ...(id && { id }) }]);
  }
  return { byId, byMessage };
}

/**
 * What is known of the file that a message points to.
 *
 * @param pointer A pointer, an id, or the path of a link to a sandbox.
 * @param from The message that points to it, and the name that it gives the file.
 */
export function findAsset(
  { byId, byMessage }: AssetTable,
  pointer: string | undefined,
  from: { readonly messageId?: string; readonly name?: string } = {},
): Asset | undefined {
  if (pointer !== undefined) {
    const found = byId.get(assetId(pointer) ?? pointer) ?? byId.get(pointer);
    if (found !== undefined) return found;
  }
  const others = byMessage.get(from.messageId ?? "") ?? [];
  return from.name === undefined
    ? undefined
    : others.find((one) => one.name === from.name);
}

/** The media type that a file's first bytes tell of. */
export function sniffType(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, SNIFF_BYTES));
  return SIGNATURES.find(([at, signature]) => start.startsWith(signature, at))
    ?.[2];
}

/** Bytes that {@linkcode sniffType} wants. */
export const SNIFF_BYTES = 12;

/** Where in a file, what is there, and what that means. */
const SIGNATURES: readonly (readonly [number, string, string])[] = [
  [0, "\x89PNG", "image/png"],
  [0, "\xff\xd8\xff", "image/jpeg"],
  [0, "GIF8", "image/gif"],
  [8, "WEBP", "image/webp"],
  [8, "WAVE", "audio/wav"],
  [0, "%PDF-", "application/pdf"],
  [0, "PK\x03\x04", "application/zip"],
  [4, "ftypM4A", "audio/mp4"],
  [4, "ftypheic", "image/heic"],
  [4, "ftypmif1", "image/heic"],
  [4, "ftyp", "video/mp4"],
  [0, "OggS", "audio/ogg"],
  [0, "ID3", "audio/mpeg"],
  [0, "\xff\xfb", "audio/mpeg"],
  [0, "\x1aE\xdf\xa3", "video/webm"],
];

/** What is already known of a file wins over what is learned later, but for its being there. */
function merge(known: Asset | undefined, learned: Asset): Asset {
  return {
    ...learned,
    ...known,
    exported: learned.exported || known?.exported === true,
  };
}

/** The name that a path gives: behind the id, where there is anything behind it. */
function fromPath(path: string): { name?: string } {
  const base = baseName(path);
  const id = assetId(base);
  if (id === undefined) return named(base);
  const rest = base.slice(id.length);
  // One with an ending alone, or that of the export's own, was never named by a person.
  return /^-./.test(rest) && !/^-[0-9a-f-]{36}(?:\.|$)/.test(rest)
    ? named(rest.slice(1))
    : {};
}

/** A name, unless it is a mere id. */
function named(name: string): { name?: string } {
  return /^[0-9a-f-]{32,36}$/.test(name) || /\.dat$/.test(name)
    ? {}
    : { name: name.toWellFormed() };
}

function fromLibrary(entry: RawObject): Omit<Asset, "exported"> {
  const name = textOf(entry.file_name);
  const type = textOf(entry.mime_type);
  const { file_size_bytes: size } = entry;
  return {
    ...(name !== undefined && { name }),
    ...(type !== undefined && { type }),
    ...(typeof size === "number" && { size }),
  };
}

/** The path in ChatGPT's sandbox of a file that a program there has made. */
function programPath(path: string): string | undefined {
  return /\/mnt\/data\/.+/.exec(`/${path}`)?.[0];
}
