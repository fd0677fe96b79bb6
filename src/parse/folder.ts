/** Lists a folder's files. @module */

import { compare, isHiddenPath } from "./shards.ts";

/** Exports nest their files three deep at most. */
const MOST_DEPTH = 6;

/** The paths of the files in a folder and below it, parts divided by `/`, in an order that is always the same. */
export async function listFolder(root: string): Promise<string[]> {
  const paths: string[] = [];
  const list = async (folder: string, depth: number) => {
    for await (const entry of Deno.readDir(`${root}/${folder}`)) {
      const path = folder + entry.name;
      if (isHiddenPath(entry.name)) continue;
      if (entry.isFile) paths.push(path);
      else if (entry.isDirectory && depth < MOST_DEPTH) {
        await list(`${path}/`, depth + 1);
      }
    }
  };
  await list("", 0);
  return paths.sort(compare);
}
