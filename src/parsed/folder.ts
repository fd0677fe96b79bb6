/** The folder of parsed files. A run's files appear all at once, and the previous run's are kept aside. @module */

import { join } from "@std/path";
import { UserError } from "../domain/errors.ts";
import { formatConversation, type ParsedConversation } from "./format.ts";
import { fileName } from "./name.ts";
import { isOwnFile, ownFiles, stampedFolder } from "./previous.ts";

export {
  type ReadOptions,
  readParsedFolder,
  type ReadProgress,
} from "./read.ts";

/** Options of {@linkcode openParsedFolder}. */
export interface ParsedFolderOptions {
  /** Where the previous run's files go; `parsed_archive` unless given. */
  readonly archive?: string;
  /** The time that names their folder; now unless given. */
  readonly now?: Date;
}

/** Conversations may be private: nobody else on the machine reads these files. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const STAGING_NAME = /^\.partial-[0-9a-f]{8}$/;

/**
 * Opens a folder to write a run's conversations to, creating it where needed, and removes what a run that
 * crashed left there.
 *
 * @throws {UserError} When it is no folder.
 */
export async function openParsedFolder(
  output: string,
  options: ParsedFolderOptions = {},
): Promise<ParsedFolder> {
  const created = await makeFolder(output);
  for await (const entry of Deno.readDir(output)) {
    if (entry.isDirectory && STAGING_NAME.test(entry.name)) {
      await Deno.remove(join(output, entry.name), { recursive: true });
    }
  }
  const staging = join(
    output,
    `.partial-${crypto.randomUUID().slice(0, 8)}`,
  );
  await Deno.mkdir(staging, { mode: FOLDER_MODE });
  return new ParsedFolder({
    output,
    staging,
    created,
    archive: options.archive ?? "parsed_archive",
    now: options.now ?? new Date(),
  });
}

/** A run's files in the making: without {@linkcode ParsedFolder.commit} all of them vanish. */
export class ParsedFolder implements AsyncDisposable {
  readonly #at: Readonly<{
    output: string;
    staging: string;
    created: boolean;
    archive: string;
    now: Date;
  }>;
  /** The id of the conversation in each file, by the file's name in lower case. */
  readonly #ids = new Map<string, string>();
  readonly #names = new Set<string>();
  #done = false;

  /** Use {@linkcode openParsedFolder}. */
  constructor(
    at: Readonly<{
      output: string;
      staging: string;
      created: boolean;
      archive: string;
      now: Date;
    }>,
  ) {
    this.#at = at;
  }

  /**
   * Takes a conversation; a later one with the same id replaces it.
   *
   * @throws {UserError} When its file's name is taken by a file that is not ours.
   */
  async write(record: ParsedConversation): Promise<void> {
    const { id } = record.conversation;
    const name = fileName(id, (lower) => {
      const owner = this.#ids.get(lower);
      return owner !== undefined && owner !== id;
    });
    if (!this.#names.has(name)) await refuseForeign(this.#at.output, name);
    await Deno.writeTextFile(
      join(this.#at.staging, name),
      formatConversation(record),
      { mode: FILE_MODE },
    );
    this.#ids.set(name.toLowerCase(), id);
    this.#names.add(name);
  }

  /**
   * Puts the new files in the place of the previous run's, which are kept in the archive.
   *
   * The old files are copied to the archive first and each is then replaced in one step, so that a crash
   * leaves none missing and none half written.
   */
  async commit(): Promise<void> {
    const { output, staging, archive, now } = this.#at;
    const old = await ownFiles(output);
    if (old.length > 0) {
      const kept = await stampedFolder(archive, now, makeFolder);
      for (const name of old) {
        await keep(join(output, name), join(kept, name));
      }
    }
    for (const name of this.#names) {
      await Deno.rename(join(staging, name), join(output, name));
    }
    // Where case does not count, a file that was replaced also goes by its old name.
    const replaced = new Set(
      [...this.#names].map((name) => name.toLowerCase()),
    );
    for (const name of old) {
      if (!replaced.has(name.toLowerCase())) {
        await Deno.remove(join(output, name));
      }
    }
    this.#done = true;
  }

  /** Removes what was not committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { output, staging, created } = this.#at;
    await Deno.remove(staging, { recursive: true });
    if (!created || this.#done) return;
    try {
      await Deno.remove(output);
    } catch {
      // Somebody else has put something there meanwhile.
    }
  }
}

/** Creates a folder and its parents; tells whether it was not there. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    const info = await Deno.stat(path);
    if (info.isDirectory) return false;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.mkdir(path, { recursive: true, mode: FOLDER_MODE });
    return true;
  }
  throw new UserError(`Cannot write to "${path}": it is a file`, {
    hint: "Give the name of a folder.",
  });
}

async function refuseForeign(output: string, name: string): Promise<void> {
  const path = join(output, name);
  if (await isOwnFile(path) !== false) return;
  throw new UserError(
    `Cannot write "${path}": a file of that name was not written by chatkeep`,
    { hint: "Move it away, or give another output folder." },
  );
}

/** Puts a second name of a file, or else a copy, into the archive. */
async function keep(from: string, to: string): Promise<void> {
  try {
    await Deno.link(from, to);
  } catch {
    // Another disk, or a file system without links.
    await Deno.copyFile(from, to);
  }
}
