/** What must change in the table for one conversation; pure. @module */

import type { Gap } from "../domain/conversation.ts";
import { messageDigest } from "../domain/digest.ts";
import { isRicher, type Layout, ships } from "../domain/layout.ts";
import type { MessageRow, RowSummary } from "../store/store.ts";
import { replaces } from "./fill.ts";

/** The difference between a thread and its stored rows. */
export interface ConversationPlan {
  /** Rows to write, in the order of the thread. */
  readonly puts: readonly MessageRow[];
  /** Ids of stored messages that left the thread. */
  readonly deletes: readonly string[];
  /** Those that an edit or a regeneration left behind; the others are nowhere in the export any more. */
  readonly edited: ReadonlySet<string>;
  /** The same, where they must not be deleted. */
  readonly withheld: readonly string[];
  /** Ids of stored messages of kinds that the export does not ship, which stay in their places. */
  readonly kept: readonly string[];
  /** How many of those are on the thread. */
  readonly keptOnThread: number;
  /** How many of the messages are not stored yet, stored otherwise, and stored as they are or richer. */
  readonly counts: {
    readonly new: number;
    readonly changed: number;
    readonly unchanged: number;
  };
}

/** Options of {@linkcode planConversation}. */
export interface PlanOptions {
  /** What the export ships; `full` unless given. */
  readonly layout?: Layout;
  /** Whether nothing may be deleted, since not all of the conversation could be read. */
  readonly withholdDeletes?: boolean;
  /** What of the thread is a guess: what may be on the true one is not deleted. */
  readonly gap?: Gap | undefined;
  /** The messages off the thread, where they are to be stored; stored ones that are not wanted go. */
  readonly branches?: readonly MessageRow[] | undefined;
  /** Ids of messages that the export certainly has off the thread. */
  readonly offThreadIds?: ReadonlySet<string> | undefined;
}

/**
 * Compares a thread with the rows that are stored of it.
 *
 * A message stored from a richer layout is never replaced by the poorer copy of it. A stored message that
 * the layout does not ship stays as long as the message before it is still on the thread.
 *
 * @param thread The thread's messages with their digests.
 * @param stored The rows that are stored, by id.
 */
export function planConversation(
  thread: readonly MessageRow[],
  stored: ReadonlyMap<string, RowSummary>,
  options: PlanOptions = {},
): ConversationPlan {
  const { layout = "full", withholdDeletes = false, branches } = options;
  const onThread = new Map([...stored].filter(([, row]) => !row.branch));
  const { gone, kept } = sortAbsent(thread, onThread, layout, branches ?? []);
  const branched = sortBranches(thread, stored, layout, branches);
  const uncertain = new Set(
    perhapsOnThread([...gone, ...branched.gone], thread, stored, options),
  );
  const going = new Set(withholdDeletes ? [] : gone).difference(uncertain);
  const placed = layout === "full" && uncertain.size === 0
    ? thread
    : placeAmong(thread, onThread, going, layout);
  const keptOnThread = kept.length;
  gone.push(...branched.gone);
  kept.push(...branched.kept);
  const puts: MessageRow[] = [];
  let added = 0;
  for (const row of [...placed, ...branches ?? []]) {
    const there = stored.get(row.message.id);
    if (there === undefined) added++;
    else if (there.digest !== undefined && !replaces(row, there, layout)) {
      continue;
    }
    puts.push(row);
  }
  const stays = (id: string) => withholdDeletes || uncertain.has(id);
  return {
    puts,
    deletes: gone.filter((id) => !stays(id)),
    edited: editedAway(thread, stored, gone, options),
    withheld: gone.filter(stays),
    kept,
    keptOnThread,
    counts: {
      new: added,
      changed: puts.length - added,
      unchanged: thread.length + (branches?.length ?? 0) - puts.length,
    },
  };
}

/** Those of the messages that left which may be on the true thread, where the given one is a guess. */
function perhapsOnThread(
  gone: readonly string[],
  thread: readonly MessageRow[],
  stored: ReadonlyMap<string, RowSummary>,
  { gap, offThreadIds = new Set() }: PlanOptions,
): readonly string[] {
  if (gap !== "before") return gap === "all" ? gone : [];
  const first = thread.map(({ message }) => stored.get(message.id)?.position)
    .find((position) => position !== undefined) ?? Infinity;
  return gone.filter((id) =>
    !offThreadIds.has(id) && (stored.get(id)?.position ?? -1) <= first
  );
}

/** Tells stored messages that left the thread from those that the export never ships. */
function sortAbsent(
  thread: readonly MessageRow[],
  stored: ReadonlyMap<string, RowSummary>,
  layout: Layout,
  branches: readonly MessageRow[],
): { gone: string[]; kept: string[] } {
  const onThread = new Set(thread.map((row) => row.message.id));
  const offThread = new Set(branches.map((row) => row.message.id));
  const gone: string[] = [];
  const kept: string[] = [];
  // Whether the last message before this one that the export ships is still on the thread.
  let anchored = true;
  for (const [id, row] of inOrder(stored)) {
    if (onThread.has(id)) anchored = true;
    else if (offThread.has(id)) anchored = false;
    else if (ships(layout, row)) {
      anchored = false;
      gone.push(id);
    } else (anchored ? kept : gone).push(id);
  }
  return { gone, kept };
}

/**
 * Those of the messages that left which the export shows off the thread, or something else in the place of:
 * a message that was not stored, between the same neighbours. What the export would not ship in any case went
 * with the message before it.
 */
function editedAway(
  thread: readonly MessageRow[],
  stored: ReadonlyMap<string, RowSummary>,
  gone: readonly string[],
  { offThreadIds = new Set(), layout = "full" }: PlanOptions,
): Set<string> {
  const edited = new Set(gone.filter((id) => offThreadIds.has(id)));
  if (edited.size === gone.length) return edited;
  const replaced = new Set<string>();
  let before = "";
  for (const { message: { id } } of thread) {
    if (stored.has(id)) before = id;
    else replaced.add(before);
  }
  const onThread = new Set(thread.map(({ message }) => message.id));
  const left = new Set(gone);
  before = "";
  let beforeEdited = false;
  for (const [id, row] of inOrder(stored)) {
    if (onThread.has(id)) {
      before = id;
      beforeEdited = false;
    } else if (left.has(id)) {
      const went = beforeEdited && !ships(layout, row);
      if (went || replaced.has(before)) edited.add(id);
      beforeEdited = edited.has(id);
    }
  }
  return edited;
}

/** The same for stored messages of branches, all of which have left where branches are not stored any more. */
function sortBranches(
  thread: readonly MessageRow[],
  stored: ReadonlyMap<string, RowSummary>,
  layout: Layout,
  branches: readonly MessageRow[] | undefined,
): { gone: string[]; kept: string[] } {
  const there = new Set(
    [...thread, ...branches ?? []].map((row) => row.message.id),
  );
  const gone: string[] = [];
  const kept: string[] = [];
  for (const [id, row] of stored) {
    if (!row.branch || there.has(id)) continue;
    const keep = branches !== undefined && !ships(layout, row);
    (keep ? kept : gone).push(id);
  }
  return { gone, kept };
}

/**
 * Gives the thread's messages places among the rows that stay: stored ones keep theirs, new ones come
 * behind what stays of what was before them.
 */
function placeAmong(
  thread: readonly MessageRow[],
  stored: ReadonlyMap<string, RowSummary>,
  gone: ReadonlySet<string>,
  layout: Layout,
): MessageRow[] {
  const onThread = new Set(thread.map(({ message }) => message.id));
  const all = inOrder(stored).filter(([id]) => !gone.has(id)).map((
    [id, row],
  ) => ({
    id,
    at: row.position ?? -Infinity,
    // Those that will not be written keep their places whatever happens.
    fixed: !onThread.has(id) ||
      (row.digest !== undefined && isRicher(row.layout, layout)),
  }));
  for (const staying of [all, all.filter(({ fixed }) => fixed)]) {
    const places = new Map(staying.map(({ id, at }) => [id, at]));
    const own = thread.map((row) => places.get(row.message.id)).filter((at) =>
      at !== undefined
    );
    // Rows of another tool have no places, and a thread that was put together anew has others.
    const usable = own.every((at, index) =>
      at > (index === 0 ? -Infinity : own[index - 1] ?? -Infinity)
    );
    if (usable) return placeBetween(thread, staying, places);
  }
  return [...thread];
}

function placeBetween(
  thread: readonly MessageRow[],
  staying: readonly { readonly at: number }[],
  places: ReadonlyMap<string, number>,
): MessageRow[] {
  const placed: MessageRow[] = [];
  for (let index = 0; index < thread.length;) {
    const row = thread[index];
    if (row === undefined) break;
    const own = places.get(row.message.id);
    if (own !== undefined) {
      placed.push(at(row, own));
      index++;
      continue;
    }
    const run = thread.slice(index).findIndex(({ message }) =>
      places.has(message.id)
    );
    const added = thread.slice(index, run < 0 ? undefined : index + run);
    const next = run < 0
      ? Infinity
      : places.get(thread[index + run]?.message.id ?? "") ?? Infinity;
    const before = staying.reduce(
      (most, one) => one.at < next ? Math.max(most, one.at) : most,
      -1,
    );
    const step = next === Infinity ? 1 : (next - before) / (added.length + 1);
    added.forEach((one, offset) =>
      placed.push(at(one, before + step * (offset + 1)))
    );
    index += added.length;
  }
  return placed;
}

function at(row: MessageRow, position: number): MessageRow {
  if (row.message.position === position) return row;
  const message = { ...row.message, position };
  return { message, digest: messageDigest(message) };
}

function inOrder(
  stored: ReadonlyMap<string, RowSummary>,
): [string, RowSummary][] {
  return [...stored].sort(([, a], [, b]) =>
    (a.position ?? -1) - (b.position ?? -1)
  );
}
