/** Sorts the files of one export by what they are good for. @module */

import { UNKNOWN_FILE } from "../domain/drift.ts";
import type { FileNote, FileUse } from "../domain/inventory.ts";
import { assetId } from "./assets.ts";
import { baseName, isHiddenPath, isShardPath } from "./shards.ts";

/** A file of an export, in a ZIP or a folder. */
export interface PlacedFile {
  /** Its path inside the export, parts divided by `/`. */
  readonly path: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** Why it must not be read, if it must not. */
  readonly refused?: string;
  /**
   * Its bytes, in chunks of which each is valid only until the next is asked for.
   *
   * @throws {ReadError} Where they cannot be read, or are not those that were packed.
   */
  chunks(): AsyncIterable<Uint8Array>;
}

/** Files that tell about the conversations, by their names. */
export const DETAIL_FILES = {
  user: "user.json",
  shared: "shared_conversations.json",
  feedback: "message_feedback.json",
  assetNames: "conversation_asset_file_names.json",
  library: "library_files.json",
} as const;

/** One of {@linkcode DETAIL_FILES}. */
export type DetailFile = keyof typeof DETAIL_FILES;

/** Conversations of several people, which are nowhere else. */
export const GROUP_CHATS = "group_chats.json";
/** The conversations as a page; in exports up to 2026 also the only map from pointers to files. */
export const PAGE = "chat.html";

/** Files that are known and left aside, and why. */
const IGNORED: readonly (readonly [name: RegExp, why: string])[] = [
  [/^chat\.html$/i, "shows the same conversations as a page"],
  [/^export_manifest\.json$/i, "lists the files of the export"],
  [/^user_settings\.json$/i, "settings of the account"],
  [/^model_comparisons\.json$/i, "votes between answers of two models"],
  [/^tool_messages\.json$/i, "the conversations hold them too"],
  [/^sora\.json$/i, "videos of Sora"],
  [/^shopping\.json$/i, "shopping"],
  [/^basispoints\.json$/i, "no conversations"],
  [/^codex\.json$/i, "tasks of Codex, which are no conversations"],
  [
    /^conversations(?:-\d+)?\.json\.index$/i,
    "an index that another program made",
  ],
  [/^(?:readme\.txt|report\.html)$/i, "tells about the export"],
  [/\.csv$/i, "records of the account"],
];

const ASSET_FOLDER =
  /(?:^|\/)(?:dalle-generations|user-[^/]+|[0-9a-f-]{36}|personal\/files|mnt\/data|audio|image|video|files)\//i;

/** Whether a file of that name is one of the export's own, rather than anything that a person had. */
export function isKnownFile(name: string): boolean {
  return name === GROUP_CHATS ||
    (Object.values(DETAIL_FILES) as string[]).includes(name) ||
    (!/\.csv$/i.test(name) &&
      IGNORED.some(([pattern]) => pattern.test(name)));
}

/** Which of an export's files is which. */
export interface Survey {
  /** All of them. */
  readonly files: readonly PlacedFile[];
  readonly details: ReadonlyMap<DetailFile, PlacedFile>;
  readonly groupChats: PlacedFile | undefined;
  readonly page: PlacedFile | undefined;
  readonly assets: readonly PlacedFile[];
  readonly notes: readonly FileNote[];
}

/**
 * Sorts the files.
 *
 * @param label The name of the export, with which the notes begin.
 * @param files All of its files.
 */
export function survey(label: string, files: readonly PlacedFile[]): Survey {
  const details = new Map<DetailFile, PlacedFile>();
  for (const [key, name] of Object.entries(DETAIL_FILES)) {
    const file = shallowest(files, name);
    if (file !== undefined) details.set(key as DetailFile, file);
  }
  const groupChats = shallowest(files, GROUP_CHATS);
  const page = shallowest(files, PAGE);
  const used = new Set<PlacedFile | undefined>([
    ...details.values(),
    groupChats,
  ]);
  const assets: PlacedFile[] = [];
  const notes = files.map((file): FileNote => {
    const [use, why] = used.has(file) && file.refused === undefined
      ? [file === groupChats ? "conversations" : "details"] as const
      : useOf(file);
    if (use === "asset") assets.push(file);
    return {
      name: `${label}/${file.path}`,
      size: file.size,
      use,
      ...(why !== undefined && { why }),
    };
  });
  return { files, details, groupChats, page, assets, notes };
}

/** The notes of an export's file, and why a path is not to be followed. */
export function pathFault(path: string): string | undefined {
  const outside = path.startsWith("/") || /^[A-Za-z]:/.test(path) ||
    path.split("/").includes("..");
  return outside ? "its path leads out of the export" : undefined;
}

/** The file of that name that lies least deep; those under `sites/` belong to other things. */
function shallowest(
  files: readonly PlacedFile[],
  name: string,
): PlacedFile | undefined {
  const depth = ({ path }: PlacedFile) => path.split("/").length;
  return files
    .filter(({ path, refused }) =>
      baseName(path) === name && refused === undefined &&
      !/(?:^|\/)sites\//.test(path)
    )
    .reduce<PlacedFile | undefined>(
      (best, file) =>
        best === undefined || depth(file) < depth(best) ? file : best,
      undefined,
    );
}

function useOf(
  { path, refused }: PlacedFile,
): readonly [use: FileUse, why?: string] {
  const name = baseName(path);
  if (refused !== undefined) return ["ignored", refused];
  if (isHiddenPath(path)) return ["ignored", "made by the system or an editor"];
  if (/(?:^|\/)sites\//.test(path)) return ["ignored", "a site, not a chat"];
  if (isShardPath(path)) return ["conversations"];
  if (/(?:^|\/)textdocs\//.test(path)) {
    return ["ignored", "the conversations hold these documents too"];
  }
  const known = IGNORED.find(([pattern]) => pattern.test(name));
  if (known !== undefined) return ["ignored", known[1]];
  if (assetId(name) !== undefined || ASSET_FOLDER.test(path)) return ["asset"];
  if (!/\.(?:json|jsonl|ndjson|html?|zip)$/i.test(name) && /\./.test(name)) {
    return ["asset"];
  }
  return ["ignored", UNKNOWN_FILE];
}
