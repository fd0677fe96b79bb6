/** Finds the conversation files of an export, whatever it is packed in. @module */

import { basename, join } from "@std/path";
import { reason, UserError } from "../domain/errors.ts";
import type { Issue } from "../domain/issue.ts";
import {
  type ByteSource,
  chunksOf,
  type FileSource,
  openFile,
  ReadError,
} from "./bytes.ts";
import { listFolder } from "./folder.ts";
import { foreignFile } from "./foreign.ts";
import {
  addMissing,
  type ExportFile,
  type Findings,
  foreignZip,
  isManifest,
  searchNested,
  searchZip,
} from "./search.ts";
import {
  baseName,
  compare,
  folderName,
  isShardPath,
  manifestNames,
  pickShards,
} from "./shards.ts";
import { isZip } from "./zip.ts";

export type { ExportFile } from "./search.ts";

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

/** Assets keep the names of what a person once uploaded, which may be an older export. */
const ASSET_NAME = /^file[-_]/i;

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
  let paths: string[];
  try {
    paths = await listFolder(root);
  } catch (error) {
    throw unreadable(root, reason(error), undefined, error);
  }
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
