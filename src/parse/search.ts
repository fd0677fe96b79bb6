/** Finds the conversation files in a ZIP, and in the ZIPs in it. @module */

import type { Issue } from "../domain/issue.ts";
import { type ByteSource, memorySource, ReadError } from "./bytes.ts";
import { foreignFile } from "./foreign.ts";
import type { Part } from "./beside.ts";
import {
  baseName,
  folderName,
  isHiddenPath,
  isShardPath,
  manifestNames,
  pickShards,
} from "./shards.ts";
import { type PlacedFile, survey } from "./survey.ts";
import { readZip, type ZipEntry } from "./zip.ts";

/** One file that holds conversations. */
export interface ExportFile {
  /** Its name for people: where it is, beginning with the name of the export. */
  readonly name: string;
  /** Its bytes when unpacked. */
  readonly size: number;
  /**
   * Its bytes, in chunks of which each is valid only until the next is asked for.
   *
   * @throws {ReadError} Where they cannot be read, or are not those that were packed.
   */
  chunks(): AsyncIterable<Uint8Array>;
}

/** What has been found so far. */
export interface Findings {
  readonly files: ExportFile[];
  readonly issues: Issue[];
  /** Each export found, and what else is in it. */
  readonly parts: Part[];
}

/** Deeper a ZIP is not sought in a ZIP: the privacy portal wraps an export once. */
const MOST_NESTING = 2;
/** A compressed ZIP inside a ZIP is unpacked into memory, up to this size. */
const MOST_UNPACKED = 512 * 2 ** 20;
const MOST_MANIFEST = 16 * 2 ** 20;

/** Adds a ZIP's conversation files, or, where it has none, those of the ZIPs in it. */
export async function searchZip(
  source: ByteSource,
  label: string,
  findings: Findings,
  nesting: number,
): Promise<void> {
  // Where a path is there twice, unpacking would leave the later one.
  const byPath = new Map(
    (await readZip(source)).map((entry) => [entry.path, entry]),
  );
  const entries = [...byPath.values()];
  if (await addExport(entries, label, findings)) return;
  const zips = entries.filter((entry) =>
    /\.zip$/i.test(entry.path) && !isHiddenPath(entry.path) &&
    nesting < MOST_NESTING
  );
  const likely = zips.filter((entry) => /conversations/i.test(entry.path));
  const opened = new Set<ZipEntry>();
  for (const entry of likely.length > 0 ? likely : zips) {
    const name = `${label}/${entry.path}`;
    opened.add(entry);
    try {
      const inner = entry.stored() ?? await unpackInMemory(entry);
      await searchNested(inner, name, findings, nesting + 1);
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      addUnreadable(findings, name, error.message);
    }
  }
  if (findings.parts.length === 0) return;
  // The portal packs the files of all conversations apart.
  for (const entry of zips.filter((one) => /files/i.test(one.path))) {
    const inner = opened.has(entry) ? undefined : entry.stored();
    if (inner === undefined) continue;
    const name = `${label}/${entry.path}`;
    try {
      const files = survey(name, await readZip(inner));
      findings.parts.push({ label: name, survey: files });
      opened.add(entry);
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
    }
  }
  const rest = entries.filter((entry) => !opened.has(entry));
  findings.parts.push({ label, survey: survey(label, rest) });
}

/** Adds what an export's files are good for; false where none of them holds conversations. */
export async function addExport(
  files: readonly PlacedFile[],
  label: string,
  findings: Findings,
): Promise<boolean> {
  const visible = files.filter(({ path }) => !isHiddenPath(path));
  const readable = visible.filter(({ refused }) => refused === undefined);
  const manifests = [];
  for (const file of readable.filter(({ path }) => isManifest(path))) {
    manifests.push({
      folder: folderName(file.path),
      names: manifestNames(await textOf(file)),
    });
  }
  const byPath = new Map(readable.map((file) => [file.path, file]));
  const { paths, missing } = pickShards(byPath.keys(), manifests);
  const parts = byRoot(files, paths.map(folderName)).map((group) =>
    survey(label, group)
  );
  if (paths.length === 0 && parts.every(({ groupChats }) => !groupChats)) {
    return false;
  }
  const refusals = new Map(
    visible.map(({ path, refused }) => [path, refused] as const)
      .filter(([path, refused]) => refused !== undefined && isShardPath(path)),
  );
  addMissing(findings, label, missing.filter((path) => !refusals.has(path)));
  for (const [path, why] of refusals) {
    addUnreadable(findings, `${label}/${path}`, `is not read: ${why}`);
  }
  for (const path of paths) {
    const { size, chunks } = byPath.get(path)!;
    findings.files.push({ name: `${label}/${path}`, size, chunks });
  }
  findings.parts.push(...parts.map((survey) => ({ label, survey })));
  return true;
}

/** Groups files by the nearest folder above them that holds conversations; the rest goes with the first. */
function byRoot(
  files: readonly PlacedFile[],
  folders: readonly string[],
): PlacedFile[][] {
  const roots = [...new Set(folders)].sort((a, b) => b.length - a.length);
  const groups = Map.groupBy(
    files,
    ({ path }) => roots.find((root) => path.startsWith(root)) ?? roots[0],
  );
  return [...groups.values()];
}

/** Like {@linkcode searchZip}, but one that is damaged does no harm to the others. */
export async function searchNested(
  source: ByteSource,
  label: string,
  findings: Findings,
  nesting: number,
): Promise<void> {
  try {
    await searchZip(source, label, findings, nesting);
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    addUnreadable(findings, label, error.message);
  }
}

async function unpackInMemory(entry: ZipEntry): Promise<ByteSource> {
  if (entry.refused !== undefined) {
    throw new ReadError(`is not read: ${entry.refused}`);
  }
  if (entry.size > MOST_UNPACKED) {
    throw new ReadError("a compressed ZIP of this size must be unpacked first");
  }
  const bytes = new Uint8Array(entry.size);
  let filled = 0;
  for await (const chunk of entry.chunks()) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return memorySource(bytes);
}

async function textOf(file: PlacedFile): Promise<string> {
  if (file.size > MOST_MANIFEST) return "";
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of file.chunks()) {
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    // A manifest is only a hint.
    if (error instanceof ReadError) return "";
    throw error;
  }
  return text;
}

/** Whose export a ZIP is, told by the names of its files. */
export async function foreignZip(
  source: ByteSource,
): Promise<string | undefined> {
  const entries = await readZip(source);
  return entries.map((entry) => foreignFile(entry.path)).find((maker) =>
    maker !== undefined
  );
}

/** Whether a file lists the files of an export. */
export function isManifest(path: string): boolean {
  return baseName(path) === "export_manifest.json" && !path.includes("sites/");
}

/** Adds an issue for each shard that is missing. */
export function addMissing(
  { issues }: Findings,
  label: string,
  missing: readonly string[],
): void {
  for (const path of missing) {
    const message = "this part of the export is missing";
    issues.push({ code: "missing-shard", where: `${label}/${path}`, message });
  }
}

function addUnreadable(
  { issues }: Findings,
  where: string,
  message: string,
): void {
  issues.push({ code: "unreadable-file", where, message });
}
