/** Reads parsed files back. @module */

import { basename, join } from "@std/path";
import type { ConversationRecord } from "../domain/conversation.ts";
import { reason, UserError } from "../domain/errors.ts";
import { readConversation, SUFFIX } from "./format.ts";

/** How far reading has come. */
export interface ReadProgress {
  readonly file: string;
  /** Bytes of the files read so far. */
  readonly bytesRead: number;
  /** Bytes of all files. */
  readonly bytesTotal: number;
}

/** Options of {@linkcode readParsedFolder}. */
export interface ReadOptions {
  /** Ends the reading early and without an error: whoever gives it looks at it afterwards. */
  readonly signal?: AbortSignal;
  /** Called after each file. */
  readonly onProgress?: (progress: ReadProgress) => void;
}

interface ParsedFile {
  readonly path: string;
  readonly name: string;
  readonly size: number;
}

/**
 * Yields the conversation of each `*_parsed.json` in a folder, ours or the Python pipeline's, in the order
 * of their names. A file that cannot be read yields a record that says so.
 *
 * @param path The folder, or one such file.
 * @throws {UserError} When it is neither.
 */
export async function* readParsedFolder(
  path: string,
  { signal, onProgress }: ReadOptions = {},
): AsyncGenerator<ConversationRecord> {
  const files = await listFiles(path);
  const bytesTotal = files.reduce((sum, { size }) => sum + size, 0);
  let bytesRead = 0;
  for (const file of files) {
    if (signal?.aborted) return;
    yield await readFile(file);
    bytesRead += file.size;
    onProgress?.({ file: file.name, bytesRead, bytesTotal });
  }
}

async function listFiles(path: string): Promise<ParsedFile[]> {
  const hint = "Run parse first, or give the folder that it wrote to.";
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (cause) {
    const state = cause instanceof Deno.errors.NotFound
      ? "no such file or folder"
      : reason(cause);
    throw new UserError(`Cannot read parsed files from "${path}": ${state}`, {
      hint,
      cause,
    });
  }
  const names: string[] = [];
  if (info.isDirectory) {
    for await (const entry of Deno.readDir(path)) {
      if (!entry.isDirectory && isParsedName(entry.name)) {
        names.push(entry.name);
      }
    }
  } else if (isParsedName(basename(path))) {
    return [{ path, name: basename(path), size: info.size }];
  }
  if (names.length === 0) {
    throw new UserError(
      `Cannot read parsed files from "${path}": no *${SUFFIX} there`,
      { hint },
    );
  }
  return await Promise.all(
    names.sort().map(async (name) => {
      const file = join(path, name);
      return { path: file, name, size: (await Deno.lstat(file)).size };
    }),
  );
}

/** Files of systems that keep their own notes beside each file, such as `._a_parsed.json`, are not meant. */
function isParsedName(name: string): boolean {
  return name.endsWith(SUFFIX) && !name.startsWith(".");
}

async function readFile(
  { path, name }: ParsedFile,
): Promise<ConversationRecord> {
  try {
    const text = await Deno.readTextFile(path);
    return readConversation(text, name.slice(0, -SUFFIX.length));
  } catch (error) {
    const message = reason(error);
    return {
      kind: "unreadable",
      issue: { code: "unreadable-file", where: name, message },
    };
  }
}
