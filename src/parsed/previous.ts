/** The files of earlier runs: which they are, and where they are kept. @module */

import { join } from "@std/path";
import { isOurs, SUFFIX } from "./format.ts";

/** Enough of a file to tell whose it is, however it may have been indented since. */
const BEGINNING = 256;

/** The names of the files in a folder that an earlier run wrote. */
export async function ownFiles(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && name.endsWith(SUFFIX)) {
      if (await isOwnFile(join(folder, name))) names.push(name);
    }
  }
  return names.sort();
}

/** Whether the program wrote what is at a path; undefined where nothing is. */
export async function isOwnFile(path: string): Promise<boolean | undefined> {
  try {
    const info = await Deno.lstat(path);
    if (!info.isFile) return false;
    using file = await Deno.open(path);
    const bytes = new Uint8Array(BEGINNING);
    const count = await file.read(bytes) ?? 0;
    return isOurs(new TextDecoder().decode(bytes.subarray(0, count)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Creates a folder named after a time, with a number behind it where that name is taken. */
export async function stampedFolder(
  archive: string,
  now: Date,
  makeFolder: (path: string) => Promise<boolean>,
): Promise<string> {
  // Colons are not allowed in names on Windows.
  const stamp = now.toISOString().replace(/\.\d+Z$/, "Z").replaceAll(":", "-");
  for (let copy = 1;; copy++) {
    const path = join(archive, copy === 1 ? stamp : `${stamp}-${copy}`);
    if (await makeFolder(path)) return path;
  }
}
