// The part of @std/fs that the program uses, written anew: no npm package carries its JavaScript.

/** One file or folder found by {@linkcode walk}. */
export interface WalkEntry extends Deno.DirEntry {
  path: string;
}

/** The options of {@linkcode walk} that the program uses. */
export interface WalkOptions {
  maxDepth?: number;
  includeFiles?: boolean;
  includeDirs?: boolean;
  includeSymlinks?: boolean;
}

/** Creates the folder and its parents; an existing folder is fine, an existing file is an error. */
export async function ensureDir(dir: string | URL): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
}

/** Whether anything is at that path; errors other than its absence are thrown. */
export async function exists(path: string | URL): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Yields the root and all below it, folders before what is in them, in the file system's order. */
export async function* walk(
  root: string,
  options: WalkOptions = {},
): AsyncIterableIterator<WalkEntry> {
  const {
    maxDepth = Infinity,
    includeFiles = true,
    includeDirs = true,
    includeSymlinks = true,
  } = options;
  if (maxDepth < 0) return;
  if (includeDirs) {
    const { isFile, isDirectory, isSymlink } = await Deno.lstat(root);
    yield {
      path: root,
      name: root.split(/[/\\]/).at(-1) ?? root,
      isFile,
      isDirectory,
      isSymlink,
    };
  }
  if (maxDepth < 1) return;
  for await (const entry of Deno.readDir(root)) {
    const path = `${root.replace(/[/\\]+$/, "")}/${entry.name}`;
    if (entry.isDirectory) {
      yield* walk(path, { ...options, maxDepth: maxDepth - 1 });
    } else if (entry.isSymlink ? includeSymlinks : includeFiles) {
      yield { path, ...entry };
    }
  }
}
