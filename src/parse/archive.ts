/** Finds the conversation files of an export, whatever it is packed in. @module */

import { basename, join, relative } from "@std/path";
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
import { decodeStart } from "./encoding.ts";
import { listFolder } from "./folder.ts";
import { foreignFile } from "./foreign.ts";
import {
  addExport,
  type ExportFile,
  type Findings,
  foreignZip,
  searchNested,
  searchZip,
} from "./search.ts";
import { baseName, folderName, isShardPath } from "./shards.ts";
import { type PlacedFile, type Survey, survey } from "./survey.ts";
import { isZip } from "./zip.ts";

export type { ExportFile } from "./search.ts";

/** What an export consists of. */
interface Contents extends Findings {
  /**
   * How the files were found: given by their path, by their names, or merely as JSON that may hold something
   * else.
   */
  readonly found: "given" | "named" | "any-json";
}

/** The files of an export, open until it goes out of scope. */
export interface Export extends Contents, Disposable {
  /** What it is called in messages. */
  readonly path: string;
  /** In reading order. */
  readonly files: ExportFile[];
  /** Files that should be there and are not, or cannot be read at all. */
  readonly issues: Issue[];
}

/** The path that stands for standard input. */
export const STDIN = "-";

/** Assets keep the names of what a person once uploaded, which may be an older export. */
const ASSET_NAME = /^file[-_]/i;

/**
 * Opens an export: a ZIP, a JSON file, a folder with either, or standard input.
 *
 * @throws {UserError} When there is none, or nothing of it can be read.
 */
export async function openExport(path: string): Promise<Export> {
  using stack = new DisposableStack();
  const contents = path === STDIN
    ? await openStdin()
    : (await statOf(path)).isDirectory
    ? await openFolder(path, stack)
    : await openGiven(path, stack.use(open(path)));
  const opened = stack.move();
  return { ...contents, path, [Symbol.dispose]: () => opened.dispose() };
}

/** The paths of several exports, oldest first: by the date in their names, else by that of the file. */
export async function oldestFirst(
  paths: readonly string[],
): Promise<readonly string[]> {
  if (paths.length < 2) return paths;
  const ages = await Promise.all(paths.map(async (path) => {
    const named = /(20\d\d)-?([01]\d)-?([0-3]\d)/.exec(basename(path));
    if (named !== null) return Date.parse(named.slice(1).join("-"));
    return path === STDIN ? Date.now() : (await statOf(path)).mtime?.getTime();
  }));
  return paths.map((path, index) => ({ path, age: ages[index] || 0 }))
    .sort((a, b) => a.age - b.age).map(({ path }) => path);
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

async function statOf(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    throw error instanceof Deno.errors.NotFound
      ? unreadable(path, "no such file or folder", "Check the path.", error)
      : unreadable(path, reason(error), undefined, error);
  }
}

async function openGiven(path: string, source: ByteSource): Promise<Contents> {
  const label = path === STDIN ? "standard input" : basename(path);
  if (!isZip(source)) {
    const [start] = chunksOf(source);
    refuseOther(path, start);
    const file = path === STDIN
      ? { size: source.size, chunks: () => bytesOf(source) }
      : plainFile(path, path, source.size);
    const given = { ...file, path: label, name: label };
    return {
      files: [given],
      issues: [],
      parts: [{ label, survey: onlyConversations(given) }],
      found: "given",
    };
  }
  const findings: Findings = { files: [], issues: [], parts: [] };
  try {
    await searchZip(source, label, findings, 0);
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    const hint = "Its download may have stopped early: download it again.";
    throw unreadable(path, error.message, hint, error);
  }
  if (findings.parts.length > 0) return { ...findings, found: "named" };
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

/** Standard input: JSON is read as it comes, a ZIP only once it is all there, as its directory is at its end. */
async function openStdin(): Promise<Contents> {
  const chunks = Deno.stdin.readable.values();
  const first: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  while (size < MAGIC_BYTES) {
    const { value, done } = await chunks.next();
    if (done) break;
    first.push(value);
    size += value.length;
  }
  const start = joined(first);
  if (!isZip(memorySource(start))) {
    refuseOther(STDIN, size === 0 ? undefined : start);
    const name = "standard input";
    const file: ExportFile & PlacedFile = {
      name,
      path: name,
      size: 0,
      async *chunks() {
        yield start;
        yield* { [Symbol.asyncIterator]: () => chunks };
      },
    };
    const parts = [{ label: name, survey: onlyConversations(file) }];
    return { files: [file], issues: [], parts, found: "given" };
  }
  const rest = [start];
  for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) {
    rest.push(chunk);
    size += chunk.length;
    if (size > MOST_STDIN_ZIP) {
      throw unreadable(
        STDIN,
        "a ZIP of this size cannot be read from standard input",
        "Save it to a file and give its path.",
      );
    }
  }
  return await openGiven(STDIN, memorySource(joined(rest)));
}

const MAGIC_BYTES = 4;
const MOST_STDIN_ZIP = 2 ** 30;

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = chunks.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

async function* bytesOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  yield* chunksOf(source);
}

/** A file that nothing lies beside. */
function onlyConversations(
  file: PlacedFile & { readonly name: string },
): Survey {
  const { name, size } = file;
  return {
    files: [file],
    details: new Map(),
    groupChats: undefined,
    page: undefined,
    assets: [],
    notes: [{ name, size, use: "conversations" }],
  };
}

async function openFolder(
  root: string,
  stack: DisposableStack,
): Promise<Contents> {
  const label = basename(root) === "" ? root : basename(root);
  let paths: string[];
  try {
    paths = await listFolder(root);
  } catch (error) {
    throw unreadable(root, reason(error), undefined, error);
  }
  const shardFolders = new Set(paths.filter(isShardPath).map(folderName));
  const zips = paths.filter((path) =>
    /\.zip$/i.test(path) && !isAsset(path, shardFolders)
  );
  const files: PlacedFile[] = [];
  for (const path of paths.filter((path) => !zips.includes(path))) {
    const { size } = await Deno.stat(join(root, path));
    files.push(plainFile(join(root, path), path, size));
  }
  const findings: Findings = { files: [], issues: [], parts: [] };
  for (const path of await oldestFirst(zips.map((path) => join(root, path)))) {
    const inside = relative(root, path).replaceAll("\\", "/");
    const source = stack.use(open(path));
    await searchNested(source, `${label}/${inside}`, findings, 0);
  }
  await addExport(files, label, findings);
  if (findings.parts.length > 0) return { ...findings, found: "named" };

  const grok = paths.map(foreignFile).find((maker) => maker !== undefined);
  if (grok !== undefined) throw foreign(root, grok);
  for (const file of files.filter(({ path }) => ANY_JSON.test(path))) {
    findings.files.push({ ...file, name: `${label}/${file.path}` });
  }
  if (findings.files.length > 0) {
    const parts = [{ label, survey: survey(label, files) }];
    return { ...findings, parts, found: "any-json" };
  }
  const [issue] = findings.issues;
  throw unreadable(
    root,
    issue === undefined
      ? "folder has no ZIP and no JSON file"
      : `${issue.where}: ${issue.message}`,
    "Put the ZIP that ChatGPT sent you there, or give its path.",
  );
}

const ANY_JSON = /\.(?:json|jsonl|ndjson)$/i;

/** A file on disk, opened only while it is read: a folder may have thousands. */
function plainFile(full: string, path: string, size: number): PlacedFile {
  return {
    path,
    size,
    async *chunks() {
      try {
        using source = openFile(full);
        yield* source.passing();
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

/** Refuses what is no ZIP and cannot be JSON either, by its first bytes. */
function refuseOther(path: string, start: Uint8Array | undefined): void {
  const text = start && decodeStart(start).trimStart();
  // White space alone tells nothing: the splitter will look further.
  if (text === "" || (text !== undefined && /^[[{]/.test(text))) return;
  throw unreadable(
    path,
    text === undefined ? "file is empty" : "neither a ZIP nor JSON",
    "Give the ZIP of the export, or a JSON file from inside it.",
  );
}

/** Whether a ZIP is an asset of an unpacked export rather than an export. */
function isAsset(path: string, shardFolders: ReadonlySet<string>): boolean {
  const folder = folderName(path);
  if (shardFolders.has(folder)) return ASSET_NAME.test(baseName(path));
  return [...shardFolders].some((one) => folder.startsWith(one));
}
