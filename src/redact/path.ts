/** Paths and names of files without what people called them. @module */

import { assetId } from "../parse/assets.ts";
import { baseName, isShardPath } from "../parse/shards.ts";
import { isKnownFile } from "../parse/survey.ts";
import type { Ids } from "./ids.ts";
import { filler } from "./text.ts";
import { ENDINGS } from "./vocabulary.ts";

const FOLDERS = new Set([
  "tmp",
  "dalle-generations",
  "audio",
  "image",
  "video",
  "mnt",
  "data",
  "sites",
  "textdocs",
  "personal",
  "files",
]);

/** The path with the names of the format and of nobody else. */
export function redactPath(path: string, ids: Ids): string {
  return path.split("/").map((part, index, parts) =>
    index === parts.length - 1
      ? redactFileName(part, ids)
      : redactFolder(part, ids)
  ).join("/");
}

/** The name of a file: its id as another, its ending where it is a usual one. */
export function redactFileName(name: string, ids: Ids): string {
  if (isShardPath(name) || isKnownFile(name)) return baseName(name);
  const ending = /\.([A-Za-z0-9]{1,5})$/.exec(name)?.[1];
  const usual = ending !== undefined && ENDINGS.has(ending.toLowerCase());
  const end = usual ? `.${ending}` : "";
  const rest = name.slice(0, name.length - end.length);
  const id = assetId(rest);
  if (id !== undefined && rest.startsWith(id)) {
    return ids.of(id) + fillOrId(rest.slice(id.length), ids) + end;
  }
  return fillOrId(rest, ids) + end;
}

function redactFolder(name: string, ids: Ids): string {
  if (FOLDERS.has(name) || name === "" || name === "." || name === "..") {
    return name;
  }
  return fillOrId(name, ids);
}

/** A long id gets another; words become fillers. */
function fillOrId(name: string, ids: Ids): string {
  const isId = /^-?(?:user-)?[0-9A-Fa-f-]{16,}$|^user-[0-9A-Za-z]{16,}$/.test(
    name,
  );
  return isId ? ids.of(name) : filler(name);
}
