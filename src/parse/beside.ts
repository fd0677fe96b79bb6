/** Reads the files that lie beside the conversations of an export. @module */

import { reason } from "../domain/errors.ts";
import type { Issue } from "../domain/issue.ts";
import {
  type AssetFile,
  type AssetTable,
  assetTable,
  SNIFF_BYTES,
  sniffType,
} from "./assets.ts";
import { ReadError } from "./bytes.ts";
import { type Details, readDetails } from "./details.ts";
import { readPointers } from "./page.ts";
import { isObject, listOf, type RawObject } from "./raw.ts";
import type { PlacedFile, Survey } from "./survey.ts";

/** What the files beside the conversations tell. */
export interface Beside {
  readonly details: Details;
  readonly assets: AssetTable;
  /** The chats of `group_chats.json`, with the name of the file. */
  readonly groupChats: readonly {
    readonly file: string;
    readonly chats: readonly unknown[];
  }[];
  readonly issues: readonly Issue[];
}

/** One export, or one part of an export that came in several. */
export interface Part {
  readonly label: string;
  readonly survey: Survey;
}

/** Files of this kind have a few megabytes at the most; one page of chats has hundreds. */
const MOST_JSON = 256 * 2 ** 20;

/** Reads what lies beside the conversations of all parts. What cannot be read is an issue, not a failure. */
export async function readBeside(parts: readonly Part[]): Promise<Beside> {
  const issues: Issue[] = [];
  const files: AssetFile[] = [];
  const groupChats: Beside["groupChats"][number][] = [];
  const found = {
    user: undefined as unknown,
    shared: undefined as unknown[] | undefined,
    feedback: undefined as unknown[] | undefined,
    names: {} as RawObject,
    library: [] as unknown[],
    pointers: {} as RawObject,
  };
  for (const { label, survey } of parts) {
    const read = async (file: PlacedFile | undefined) => {
      if (file === undefined) return undefined;
      const where = `${label}/${file.path}`;
      try {
        return JSON.parse(await readText(file)) as unknown;
      } catch (error) {
        // The words of JSON.parse quote the text.
        const message = error instanceof ReadError
          ? error.message
          : "is no valid JSON";
        issues.push({ code: "unreadable-file", where, message });
        return undefined;
      }
    };
    const { details } = survey;
    found.user ??= await read(details.get("user"));
    const shared = await read(details.get("shared"));
    if (Array.isArray(shared)) {
      found.shared = [...found.shared ?? [], ...shared];
    }
    const feedback = await read(details.get("feedback"));
    if (Array.isArray(feedback)) {
      found.feedback = [...found.feedback ?? [], ...feedback];
    }
    const names = await read(details.get("assetNames"));
    if (isObject(names)) found.names = { ...found.names, ...names };
    found.library.push(...listOf(await read(details.get("library"))));
    files.push(...await typed(survey.assets));
    if (
      names === undefined && survey.page !== undefined &&
      survey.assets.length > 0
    ) {
      found.pointers = {
        ...found.pointers,
        ...await readPointers(survey.page),
      };
    }
    const groups = await read(survey.groupChats);
    const chats = listOf(isObject(groups) ? groups.chats : groups);
    if (survey.groupChats !== undefined && chats.length > 0) {
      groupChats.push({ file: `${label}/${survey.groupChats.path}`, chats });
    }
  }
  const { names, library, pointers } = found;
  return {
    details: readDetails(found),
    assets: assetTable({ files, names, library, pointers }),
    groupChats,
    issues,
  };
}

async function readText(file: PlacedFile): Promise<string> {
  if (file.size > MOST_JSON) {
    throw new ReadError(`has more than ${MOST_JSON} bytes`);
  }
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of file.chunks()) {
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The assets, with the types of those that are called `.dat` whatever they are. */
async function typed(assets: readonly PlacedFile[]): Promise<AssetFile[]> {
  const files: AssetFile[] = [];
  for (const { path, size, chunks } of assets) {
    let type: string | undefined;
    if (/\.dat$/i.test(path) && size >= SNIFF_BYTES) {
      try {
        for await (const chunk of chunks()) {
          type = sniffType(chunk);
          break;
        }
      } catch (error) {
        // Its bytes are nobody's concern here.
        if (!(error instanceof ReadError)) throw new Error(reason(error));
      }
    }
    files.push({ path, size, ...(type !== undefined && { type }) });
  }
  return files;
}
