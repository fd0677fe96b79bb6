/** The file of a copy: there only once it is complete. @module */

import { basename, dirname, join } from "@std/path";
import { ZipWriter } from "@zip.js/zip.js";
import { reason, UserError } from "../domain/errors.ts";
import type { CopyWriter } from "./mod.ts";

/** A copy in the making: without {@linkcode Copy.finish} nothing of it stays. */
export interface Copy extends CopyWriter, AsyncDisposable {
  finish(): Promise<void>;
}

/** What a copy is called while it is being written. */
export function partialName(path: string): string {
  return join(dirname(path), `.${basename(path)}.partial`);
}

/**
 * Opens a copy: a ZIP, or for one file a JSON.
 *
 * @throws {UserError} When there is a file of that name already, or none can be made.
 */
export async function openCopy(path: string): Promise<Copy> {
  const cannot = (state: string, cause?: unknown) =>
    new UserError(`Cannot write "${path}": ${state}`, {
      hint: "Give another name with -o.",
      cause,
    });
  if (await isThere(path)) throw cannot("there is a file of that name");
  const partial = partialName(path);
  let file: Deno.FsFile;
  try {
    file = await Deno.open(partial, {
      write: true,
      create: true,
      truncate: true,
      mode: 0o600,
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw cannot(reason(error), error);
  }
  const write = async (chunk: Uint8Array) => {
    let rest = chunk;
    while (rest.length > 0) rest = rest.subarray(await file.write(rest));
  };
  const isZip = /\.zip$/i.test(path);
  const zip = isZip
    ? new ZipWriter(new WritableStream<Uint8Array>({ write }), {
      useWebWorkers: false,
      // No time of anybody's.
      lastModDate: new Date(2024, 0, 1),
      extendedTimestamp: false,
    })
    : undefined;
  let done = false;
  let open = true;
  let added = 0;
  return {
    async add(name, chunks) {
      if (zip !== undefined) {
        await zip.add(name, ReadableStream.from(chunks));
        return;
      }
      if (added++ > 0) throw cannot("the export has more than one file");
      for await (const chunk of chunks) await write(chunk);
    },
    async finish() {
      await zip?.close();
      file.close();
      open = false;
      if (await isThere(path)) throw cannot("there is a file of that name");
      await Deno.rename(partial, path);
      done = true;
    },
    async [Symbol.asyncDispose]() {
      if (open) file.close();
      if (!done) await Deno.remove(partial);
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
