/** Finds the conversation files in a ZIP, and in the ZIPs in it. @module */

import type { Issue } from "../domain/issue.ts";
import { type ByteSource, memorySource, ReadError } from "./bytes.ts";
import { foreignFile } from "./foreign.ts";
import {
  baseName,
  folderName,
  isHiddenPath,
  manifestNames,
  pickShards,
} from "./shards.ts";
import { readZip, type ZipEntry } from "./zip.ts";

/** One file that holds conversations. */
export interface ExportFile {
  /** Its name for people: where it is, beginning with the name of the export. */
  readonly name: string;
  /** Its bytes when unpacked. */
  readonly size: number;
  /**
   * Its bytes.
   *
   * @throws {ReadError} Where they cannot be read, or are not those that were packed.
   */
  chunks(): AsyncIterable<Uint8Array>;
}

/** What has been found so far. */
export interface Findings {
  readonly files: ExportFile[];
  readonly issues: Issue[];
}

/** Deeper a ZIP is not sought in a ZIP: the privacy portal wraps an export once. */
const MOST_NESTING = 2;
/** A compressed ZIP inside a ZIP is unpacked into memory, up to this size. */
const MOST_UNPACKED = 2 ** 30;
const MOST_MANIFEST = 16 * 2 ** 20;
/** Adds a ZIP's conversation files, or, where it has none, those of the ZIPs in it. */
export async function searchZip(
  source: ByteSource,
  label: string,
  findings: Findings,
  nesting: number,
): Promise<void> {
  const entries = (await readZip(source)).filter((entry) =>
    !isHiddenPath(entry.path)
  );
  // Where a path is there twice, unpacking would leave the later one.
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const manifests = [];
  for (const entry of entries.filter((one) => isManifest(one.path))) {
    manifests.push({
      folder: folderName(entry.path),
      names: manifestNames(await textOfEntry(entry)),
    });
  }
  const { paths, missing } = pickShards(byPath.keys(), manifests);
  if (paths.length > 0) {
    addMissing(findings, label, missing);
    for (const path of paths) {
      const { size, chunks } = byPath.get(path)!;
      findings.files.push({ name: `${label}/${path}`, size, chunks });
    }
    return;
  }
  if (nesting === MOST_NESTING) return;
  const zips = entries.filter((entry) => /\.zip$/i.test(entry.path));
  const likely = zips.filter((entry) => /conversations/i.test(entry.path));
  for (const entry of likely.length > 0 ? likely : zips) {
    const name = `${label}/${entry.path}`;
    try {
      const inner = entry.stored() ?? await unpackInMemory(entry);
      await searchNested(inner, name, findings, nesting + 1);
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      addUnreadable(findings, name, error.message);
    }
  }
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

async function textOfEntry(entry: ZipEntry): Promise<string> {
  if (entry.size > MOST_MANIFEST) return "";
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of entry.chunks()) {
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
