/** What was found in an export, and how it differs from others, as text for a person. @module */

import { type Drift, DRIFT_KINDS, type Names } from "../domain/drift.ts";
import type { FileNote, Inventory } from "../domain/inventory.ts";

/** Files listed by name; of more of a kind, only the number is told. */
const MOST_FILES = 40;

const TITLES: Readonly<Record<typeof DRIFT_KINDS[number], string>> = {
  files: "Files",
  layouts: "Layouts of conversations",
  contentTypes: "Content types",
  roles: "Roles",
  fields: "Fields",
};

/** The ledger of a reading: every file, content type and field that was seen. */
export function renderInventory(inventory: Inventory): string {
  const { files, details } = inventory;
  const of = (use: FileNote["use"]) => files.filter((one) => one.use === use);
  const assets = of("asset");
  const lines = [
    `Files  ${files.length} seen = ${
      of("conversations").length
    } conversations + ${
      of("details").length
    } details + ${assets.length} assets + ${of("ignored").length} ignored`,
    ...named("Read for conversations", of("conversations")),
    ...named("Read for details", of("details")),
    ...named("Ignored", of("ignored")),
    ...Object.entries(details).map(([name, { records, used }]) =>
      `${name}: ${used} of ${records} records belong to conversations of this export`
    ),
  ];
  for (const kind of DRIFT_KINDS) {
    if (kind !== "files") lines.push(...counted(TITLES[kind], inventory[kind]));
  }
  lines.push(
    ...counted("Content types not known", inventory.unknownTypes),
    ...counted("Fields not known", inventory.unknownFields),
  );
  return lines.join("\n");
}

/** What is new and what is gone. */
export function renderDrift({ unknown, added, gone }: Drift): string {
  return [
    section("Not known to this version", unknown, "nothing"),
    ...(added === undefined || gone === undefined
      ? ["No earlier export of this account to compare with"]
      : [
        section("New since the last export", added, "nothing"),
        section("Gone since the last export", gone, "nothing"),
      ]),
  ].join("\n");
}

function section(title: string, names: Names, none: string): string {
  const lines = DRIFT_KINDS.flatMap((kind) =>
    counted(TITLES[kind], names[kind] ?? {})
  );
  return lines.length === 0
    ? `${title}: ${none}`
    : [`${title}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function counted(
  title: string,
  counts: Readonly<Record<string, number>>,
): string[] {
  const entries = Object.entries(counts).sort(([a], [b]) => a < b ? -1 : 1);
  if (entries.length === 0) return [];
  return [
    `${title}:`,
    ...entries.map(([name, count]) =>
      `  ${String(count).padStart(8)}  ${name}`
    ),
  ];
}

function named(title: string, files: readonly FileNote[]): string[] {
  if (files.length === 0) return [];
  const lines = files.slice(0, MOST_FILES).map(({ name, why }) =>
    `  ${name}${why === undefined ? "" : `: ${why}`}`
  );
  if (files.length > MOST_FILES) {
    lines.push(`  and ${files.length - MOST_FILES} more`);
  }
  return [`${title}:`, ...lines];
}
