/** Finds the conversation files of an export, whatever it is packed in. @module */

import { basename, join } from "@std/path";
import { reason, UserError } from "../domain/errors.ts";
import type { Issue } from "../domain/issue.ts";
import {
  type ByteSource,
  chunksOf,
  type FileSource,
  memorySource,
  openFile,
  ReadError,
} from "./bytes.ts";
import { foreignFile } from "./foreign.ts";
import { listFolder } from "./folder.ts";
import {
  baseName,
  compare,
  folderName,
  isHiddenPath,
  isShardPath,
  manifestNames,
  pickShards,
} from "./shards.ts";
import { isZip, readZip, type ZipEntry } from "./zip.ts";

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

/** The conversation files of an export, open until it goes out of scope. */
export interface Export extends Disposable {
  /** In reading order. */
  readonly files: readonly ExportFile[];
  /** Files that should be there and are not, or cannot be read at all. */
  readonly issues: readonly Issue[];
  /**
   * How the files were found: given by their path, by their names, or merely as JSON that may hold something
   * else.
   */
  readonly found: "given" | "named" | "any-json";
}

/** Deeper a ZIP is not sought in a ZIP: the privacy portal wraps an export once. */
const MOST_NESTING = 2;
/** A compressed ZIP inside a ZIP is unpacked into memory, up to this size. */
const MOST_UNPACKED = 2 ** 30;
const MOST_MANIFEST = 16 * 2 ** 20;
/** Assets keep the names of what a person once uploaded, which may be an older export. */
const ASSET_NAME = /^file[-_]/i;

/** What has been found so far. */
interface Findings {
  readonly files: ExportFile[];
  readonly issues: Issue[];
}

/**
 * Opens an export: a ZIP, a JSON file, or a folder with either.
 *
 * @throws {UserError} When there is none, or nothing of it can be read.
 */
export async function openExport(path: string): Promise<Export> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (error) {
    throw error instanceof Deno.errors.NotFound
      ? unreadable(path, "no such file or folder", "Check the path.", error)
      : unreadable(path, reason(error), undefined, error);
  }
  using stack = new DisposableStack();
  const found = info.isDirectory
    ? await openFolder(path, stack)
    : await openGiven(path, stack);
  const opened = stack.move();
  return { ...found, [Symbol.dispose]: () => opened.dispose() };
}

/** The error of an export that cannot be read. */
export function unreadable(
  path: string,
  state: string,
  hint?: string,
  cause?: unknown,
): UserError {
  return new UserError(`Cannot read export "${path}": ${state}`, {
    ...(hint !== undefined && { hint }),
    ...(cause !== undefined && { cause }),
  });
}

/** The error of another program's export. */
export function foreign(path: string, maker: string): UserError {
  return unreadable(
    path,
    `this is an export of ${maker}, not of ChatGPT`,
    "Give the ZIP that ChatGPT's Settings > Data controls > Export data sent you.",
  );
}

async function openGiven(
  path: string,
  stack: DisposableStack,
): Promise<Omit<Export, keyof Disposable>> {
  const source = stack.use(open(path));
  const label = basename(path);
  if (!isZip(source)) {
    const state = await faultOfJson(source);
    if (state !== undefined) {
      const hint = "Give the ZIP of the export, or a JSON file from inside it.";
      throw unreadable(path, state, hint);
    }
    return {
      files: [plainFile(path, label, source.size)],
      issues: [],
      found: "given",
    };
  }
  const findings: Findings = { files: [], issues: [] };
  try {
    await searchZip(source, label, findings, 0);
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    const hint = "Its download may have stopped early: download it again.";
    throw unreadable(path, error.message, hint, error);
  }
  if (findings.files.length > 0) return { ...findings, found: "named" };
  const maker = await foreignZip(source);
  if (maker !== undefined) throw foreign(path, maker);
  const [issue] = findings.issues;
  throw issue === undefined
    ? unreadable(
      path,
      "holds no conversations.json",
      "Give the ZIP of the export itself; one with assets only has no conversations.",
    )
    : unreadable(
      path,
      `${issue.where}: ${issue.message}`,
      "Download it again.",
    );
}

async function openFolder(
  root: string,
  stack: DisposableStack,
): Promise<Omit<Export, keyof Disposable>> {
  const label = basename(root) === "" ? root : basename(root);
  const paths = await listFolder(root);
  const findings: Findings = { files: [], issues: [] };
  const plain = (path: string, size: number) =>
    plainFile(join(root, path), `${label}/${path}`, size);

  const shardFolders = new Set(paths.filter(isShardPath).map(folderName));
  const zips = paths.filter((path) =>
    /\.zip$/i.test(path) && !isAsset(path, shardFolders)
  );
  const manifests = await Promise.all(
    paths.filter(isManifest).map(async (path) => ({
      folder: folderName(path),
      names: manifestNames(await Deno.readTextFile(join(root, path))),
    })),
  );
  const { paths: shards, missing } = pickShards(paths, manifests);
  addMissing(findings, label, missing);
  for (const path of [...shards, ...zips].sort(inFolderOrder(shards))) {
    if (isShardPath(path)) {
      findings.files.push(
        plain(path, (await Deno.stat(join(root, path))).size),
      );
    } else {
      const source = stack.use(open(join(root, path)));
      await searchNested(source, `${label}/${path}`, findings, 0);
    }
  }
  if (findings.files.length > 0) return { ...findings, found: "named" };

  const grok = paths.map(foreignFile).find((maker) => maker !== undefined);
  if (grok !== undefined) throw foreign(root, grok);
  for (const path of paths.filter((path) => /\.json$/i.test(path))) {
    findings.files.push(plain(path, (await Deno.stat(join(root, path))).size));
  }
  if (findings.files.length > 0) return { ...findings, found: "any-json" };
  const [issue] = findings.issues;
  throw unreadable(
    root,
    issue === undefined
      ? "folder has no ZIP and no JSON file"
      : `${issue.where}: ${issue.message}`,
    "Put the ZIP that ChatGPT sent you there, or give its path.",
  );
}

/** Adds a ZIP's conversation files, or, where it has none, those of the ZIPs in it. */
async function searchZip(
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
async function searchNested(
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

async function foreignZip(source: ByteSource): Promise<string | undefined> {
  const entries = await readZip(source);
  return entries.map((entry) => foreignFile(entry.path)).find((maker) =>
    maker !== undefined
  );
}

/** A JSON file on disk, opened only while it is read: a folder may have thousands. */
function plainFile(path: string, name: string, size: number): ExportFile {
  return {
    name,
    size,
    async *chunks() {
      try {
        using source = openFile(path);
        yield* chunksOf(source);
      } catch (error) {
        if (error instanceof ReadError) throw error;
        throw new ReadError(`file cannot be read: ${reason(error)}`, {
          cause: error,
        });
      }
    },
  };
}

function open(path: string): FileSource {
  try {
    return openFile(path);
  } catch (error) {
    throw unreadable(path, reason(error), undefined, error);
  }
}

/** Why a file that is no ZIP is no JSON list or object either, or undefined where it may be one. */
function faultOfJson(source: ByteSource): string | undefined {
  for (const chunk of chunksOf(source)) {
    const text = new TextDecoder().decode(chunk).trimStart();
    if (text === "") continue;
    return /^[[{]/.test(text) ? undefined : "neither a ZIP nor JSON";
  }
  return "file is empty";
}

function isManifest(path: string): boolean {
  return baseName(path) === "export_manifest.json" && !path.includes("sites/");
}

/** Whether a ZIP is an asset of an unpacked export rather than an export. */
function isAsset(path: string, shardFolders: ReadonlySet<string>): boolean {
  const folder = folderName(path);
  if (shardFolders.has(folder)) return ASSET_NAME.test(baseName(path));
  return [...shardFolders].some((one) => folder.startsWith(one));
}

/** Orders shards as they were picked and everything else by path, folder by folder. */
function inFolderOrder(
  shards: readonly string[],
): (a: string, b: string) => number {
  const place = new Map(shards.map((path, index) => [path, index]));
  return (a, b) =>
    compare(folderName(a), folderName(b)) ||
    (place.get(a) ?? Infinity) - (place.get(b) ?? Infinity) || compare(a, b);
}

function addMissing(
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
