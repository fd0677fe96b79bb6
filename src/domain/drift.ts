/** How exports change: what one has that the program does not know, and that the last one did not have. @module */

import type { Inventory } from "./inventory.ts";

/** The kinds of things that come and go. */
export const DRIFT_KINDS = [
  "files",
  "layouts",
  "contentTypes",
  "roles",
  "fields",
] as const;

/** The shape of an export: the names of what is in it, with how many there are. */
export type ExportShape = Readonly<
  Record<typeof DRIFT_KINDS[number], Readonly<Record<string, number>>>
>;

/** Names, with how many there are of each. */
export type Names = Partial<ExportShape>;

/** What is to be told of an export. */
export interface Drift {
  /** What the program does not know. */
  readonly unknown: Names;
  /** What the last export of the same account did not have; absent where none is known. */
  readonly added?: Names;
  /** What that one had and this one has not. */
  readonly gone?: Names;
}

/** The shape of what was found. Files that people have named are in it as one. */
export function shapeOf(inventory: Inventory): ExportShape {
  const files: Record<string, number> = {};
  for (const { name, use, why } of inventory.files) {
    const base = name.slice(name.lastIndexOf("/") + 1);
    // The numbers of shards tell nothing; the names of assets and of unknown files may be private.
    const shown = use === "asset"
      ? "(assets)"
      : why === UNKNOWN_FILE && !/^[a-z_]{1,40}\.[a-z]{1,5}$/.test(base)
      ? "(other)"
      : base.replace(/-\d+(?: ?\(\d+\))?\.json$/, "-NNN.json");
    files[shown] = (files[shown] ?? 0) + 1;
  }
  const { layouts, contentTypes, roles, fields } = inventory;
  return {
    files: sorted(files),
    layouts: sorted(layouts),
    contentTypes: sorted(contentTypes),
    roles: sorted(roles),
    fields: sorted(fields),
  };
}

/**
 * The shape of an export of which a part was not looked at, as it is the same as in the last one: what that one
 * had, and what is new.
 */
export function joinShapes(
  last: ExportShape,
  found: ExportShape,
): ExportShape {
  const join = (kind: typeof DRIFT_KINDS[number]) =>
    sorted({ ...found[kind], ...last[kind] });
  return {
    files: found.files,
    layouts: join("layouts"),
    contentTypes: join("contentTypes"),
    roles: join("roles"),
    fields: join("fields"),
  };
}

function sorted(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).sort(([a], [b]) => a < b ? -1 : 1),
  );
}

/** Why a file is ignored that the program does not know. */
export const UNKNOWN_FILE = "not known";

/**
 * Compares what was found with what the program knows, and with the last export.
 *
 * @param last The shape of the last export of the same account.
 */
export function driftOf(inventory: Inventory, last?: ExportShape): Drift {
  const shape = shapeOf(inventory);
  const unknownFiles = inventory.files.filter(({ why }) =>
    why === UNKNOWN_FILE
  );
  const unknown = withoutEmpty({
    files: shapeOf({ ...inventory, files: unknownFiles }).files,
    contentTypes: inventory.unknownTypes,
    fields: inventory.unknownFields,
  });
  if (last === undefined) return { unknown };
  return {
    unknown,
    added: missingIn(shape, last),
    gone: missingIn(last, shape),
  };
}

function missingIn(one: ExportShape, other: ExportShape): Names {
  return withoutEmpty(Object.fromEntries(DRIFT_KINDS.map((kind) => [
    kind,
    Object.fromEntries(
      Object.entries(one[kind]).filter(([name]) =>
        !Object.hasOwn(other[kind], name)
      ),
    ),
  ])));
}

function withoutEmpty(names: Names): Names {
  return Object.fromEntries(
    Object.entries(names).filter(([, counts]) =>
      Object.keys(counts).length > 0
    ),
  );
}
