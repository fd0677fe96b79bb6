/** Which files of an export hold conversations, told by their names. @module */

/** The conversation files among some paths. */
export interface Shards {
  /** In reading order: folder by folder, `conversations.json` first, then the shards by number. */
  readonly paths: readonly string[];
  /** Paths that the numbering or a manifest promises and that are not there. */
  readonly missing: readonly string[];
}

/** A file listed in `export_manifest.json` lies beside it. */
export interface Manifest {
  readonly folder: string;
  readonly names: readonly string[];
}

interface Shard {
  readonly path: string;
  readonly folder: string;
  /** -1 for the unnumbered file. */
  readonly number: number;
  /** How many digits its number is written with. */
  readonly digits: number;
}

/** `conversations.json`, `conversations-007.json`, and copies that a browser named `conversations-007 (1).json`. */
const SHARD_NAME = /^conversations(?:-(\d{1,9}))?(?: ?\(\d+\))?\.json$/i;

/** Nothing promises more shards than this; a higher number is somebody's own file name. */
const MOST_SHARDS = 10_000;

/** Picks the conversation files from paths whose parts are divided by `/`. */
export function pickShards(
  paths: Iterable<string>,
  manifests: readonly Manifest[] = [],
): Shards {
  const shards = [...paths].map(readName).filter((shard) => shard !== undefined)
    .sort((a, b) =>
      compare(a.folder, b.folder) || a.number - b.number ||
      compare(a.path, b.path)
    );
  const missing = new Set<string>();
  for (const [folder, group] of Map.groupBy(shards, (one) => one.folder)) {
    for (const path of missingIn(folder, group)) missing.add(path);
  }
  const numbers = new Set(shards.map((one) => `${one.folder}${one.number}`));
  for (const { folder, names } of manifests) {
    for (const name of names) {
      const listed = readName(folder + name);
      if (
        listed !== undefined && !numbers.has(`${listed.folder}${listed.number}`)
      ) missing.add(listed.path);
    }
  }
  return {
    paths: shards.map((shard) => shard.path),
    missing: [...missing].sort(compare),
  };
}

/** The names of conversation files that the text of an `export_manifest.json` lists; none where it is unreadable. */
export function manifestNames(text: string): string[] {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    return [];
  }
  const names = new Set<string>();
  // Its shape has varied, so any string in it that names a conversation file counts, but for the key of the
  // logical file, which stands for all shards together.
  const pending = [manifest];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value === "string") {
      if (/-\d+\.json$/i.test(value) && isShardPath(value)) names.add(value);
    } else if (value !== null && typeof value === "object") {
      for (const inner of Object.values(value)) {
        if (inner !== undefined) pending.push(inner);
      }
    }
  }
  return [...names];
}

/** Whether a path is that of a conversation file. */
export function isShardPath(path: string): boolean {
  return SHARD_NAME.test(baseName(path));
}

/** Whether a path is the system's or an editor's business rather than the export's. */
export function isHiddenPath(path: string): boolean {
  return path.split("/").some((part) =>
    part === "__MACOSX" ||
    (part.startsWith(".") && part !== "." && part !== "..")
  );
}

/** The part of a path behind its last `/`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The part of a path up to and with its last `/`; empty where it has none. */
export function folderName(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** Orders strings by code unit, the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function readName(path: string): Shard | undefined {
  const match = SHARD_NAME.exec(baseName(path));
  if (match === null) return undefined;
  const digits = match[1] ?? "";
  return {
    path,
    folder: folderName(path),
    number: digits === "" ? -1 : Number(digits),
    digits: digits.length,
  };
}

/** The gaps in the numbers of a folder's shards, which count from 0. */
function missingIn(folder: string, shards: readonly Shard[]): string[] {
  const there = new Set(shards.map((shard) => shard.number));
  const last = Math.max(...there);
  if (last >= MOST_SHARDS) return [];
  const digits = Math.max(...shards.map((shard) => shard.digits));
  const missing = [];
  for (let number = 0; number < last; number++) {
    if (!there.has(number)) {
      missing.push(
        `${folder}conversations-${String(number).padStart(digits, "0")}.json`,
      );
    }
  }
  return missing;
}
