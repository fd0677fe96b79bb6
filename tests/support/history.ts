/**
 * Random histories of an account, the exports that it would get, and a plain model of what a table must hold
 * after each. The model shares no code with the program.
 *
 * @module
 */

import { Random } from "../fuzz/random.ts";
import { type Json, rawConversation, type RawTurn } from "./builders.ts";

/** The id of the account. */
export const OWNER = "user-history";

/** One message of a conversation, wherever it is in the tree. */
interface Node {
  readonly id: string;
  readonly parent: Node | undefined;
  readonly kind: "user" | "assistant" | "system" | "tool" | "code";
  text: string;
}

/** A conversation as ChatGPT keeps it. */
interface Chat {
  readonly id: string;
  title: string;
  updateTime: number;
  readonly nodes: Node[];
  current: Node;
}

/** One conversation of an export. */
interface Shipped {
  readonly id: string;
  readonly title: string;
  readonly updateTime: number;
  readonly nodes: readonly (Omit<Node, "parent"> & { parent?: Node })[];
  readonly thread:
    readonly (Omit<Node, "parent"> & { readonly slim: boolean })[];
  /** The id of a message on the thread that cannot be read. */
  readonly broken: string | undefined;
  /** What of the tree is not in the export: its current message, or one on the thread, which is then cut there. */
  readonly lost?: "current" | { readonly id: string };
}

/** An export, and how it is to be synced. */
export interface Export {
  readonly slim: boolean;
  /** Whether it says whose it is; one that does not prunes nothing, and takes that from nothing stored. */
  readonly owned: boolean;
  readonly conversations: readonly Shipped[];
  readonly prune: boolean;
  readonly allowOlder: boolean;
  readonly maxDeletes: number;
}

/** A stored message: its text, and whether it comes from a slim export. */
interface Row {
  readonly text: string;
  readonly slim: boolean;
  readonly kind: Node["kind"];
}

/** A stored conversation: its rows in the order of the thread. */
export interface Stored {
  readonly title: string;
  readonly owned: boolean;
  readonly updateTime: number;
  readonly rows: ReadonlyMap<string, Row>;
  /** Their places; several may have the same where deletes were held back. Only what is stored tells them. */
  readonly places?: ReadonlyMap<string, number>;
}

/** What a table must hold, by conversation. */
export type Table = ReadonlyMap<string, Stored>;

/** An account whose conversations change by chance. */
export class Account {
  readonly #random: Random;
  readonly #chats: Chat[] = [];
  readonly #past: Shipped[][] = [];
  #time = 1_700_000_000;
  #count = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    for (let i = 0; i < 4; i++) this.#begin();
  }

  /** Lives on for a while. */
  live(): void {
    const steps = 1 + this.#random.below(5);
    for (let step = 0; step < steps; step++) {
      this.#time += 10;
      const chat = this.#chats.length === 0
        ? this.#begin()
        : this.#random.pick(this.#chats);
      chat.updateTime = this.#time;
      switch (this.#random.below(8)) {
        case 0:
          this.#begin();
          break;
        case 1:
          this.#chats.splice(this.#chats.indexOf(chat), 1);
          break;
        case 2:
          chat.title = `Title ${this.#time}`;
          break;
        case 3: {
          // An edit or a regeneration: a sibling of something on the thread.
          const { parent } = this.#random.pick(threadOf(chat.current));
          if (parent !== undefined) chat.current = this.#say(chat, parent);
          break;
        }
        case 4:
          chat.current = this.#random.pick(chat.nodes);
          break;
        case 5: {
          const node = this.#random.pick(threadOf(chat.current));
          node.text = `${node.text} again`;
          break;
        }
        default:
          for (let i = this.#random.below(4); i >= 0; i--) {
            chat.current = this.#say(chat, chat.current);
          }
      }
    }
  }

  /** An export of now, or of earlier, whole or in part. */
  export(): Export {
    const random = this.#random;
    const slim = random.below(3) === 0;
    const old = this.#past.length > 0 && random.below(6) === 0;
    const now = this.#chats.map((chat) => ship(chat, slim));
    if (!slim) this.#past.push(now);
    let conversations = old && !slim ? random.pick(this.#past) : now;
    if (random.below(4) === 0 && conversations.length > 1) {
      conversations = conversations.slice(1);
    }
    if (random.below(5) === 0) {
      const [first] = conversations;
      if (first !== undefined) conversations = [...conversations, first];
    }
    if (random.below(6) === 0 && conversations.length > 0) {
      const { id, thread } = random.pick(conversations);
      const broken = thread.length > 0 ? random.pick(thread).id : undefined;
      conversations = conversations.map((one) =>
        one.id === id ? { ...one, broken } : one
      );
    }
    if (random.below(5) === 0 && conversations.length > 0) {
      const chosen = random.pick(conversations);
      const copies = conversations.filter(({ id }) => id === chosen.id).length;
      // Of two copies the worse one may be stored first, and the other cannot tell then what it replaces.
      const whole = copies === 1 && chosen.broken === undefined;
      conversations = conversations.map((one) =>
        one === chosen && whole ? lose(one, random) : one
      );
    }
    return {
      slim,
      owned: random.below(5) > 0,
      conversations,
      prune: random.below(4) === 0,
      allowOlder: random.below(4) === 0,
      maxDeletes: random.below(4) === 0 ? random.below(4) : 1_000,
    };
  }

  #begin(): Chat {
    const id = `chat-${this.#count++}`;
    const first: Node = {
      id: `${id}-0`,
      parent: undefined,
      kind: this.#random.below(2) === 0 ? "system" : "user",
      text: `${id} begins`,
    };
    const updateTime = this.#time;
    const chat = { id, title: id, updateTime, nodes: [first], current: first };
    chat.current = this.#say(chat, this.#say(chat, first));
    this.#chats.push(chat);
    return chat;
  }

  #say(chat: Chat, parent: Node): Node {
    const kind = this.#random.pick(
      [
        "user",
        "assistant",
        "user",
        "assistant",
        "system",
        "tool",
        "code",
      ] as const,
    );
    const id = `${chat.id}-${chat.nodes.length}`;
    const node = { id, parent, kind, text: `${id} by ${kind}` };
    chat.nodes.push(node);
    return node;
  }
}

/** The files of an export. */
export function filesOf(
  { slim, owned, conversations }: Export,
): Record<string, string> {
  return {
    ...(owned && { "user.json": JSON.stringify({ id: OWNER }) }),
    "conversations.json": JSON.stringify(
      conversations.map((one) => raw(one, slim)),
    ),
  };
}

/** What a table must hold after an export, given what it held before. */
export function expected(before: Table, given: Export): Table {
  const best = bestCopies(given.conversations);
  const after = new Map(before);
  const losers: (() => void)[] = [];
  let deletes = 0;
  for (const shipped of best) {
    const stored = before.get(shipped.id);
    if (
      stored !== undefined && shipped.updateTime < stored.updateTime &&
      !given.allowOlder
    ) continue;
    const { kept, gone } = splitStored(stored, shipped, given.slim);
    const readable = shipped.thread.filter(({ id }) => id !== shipped.broken);
    const rows = new Map<string, Row>();
    for (const { id, text, kind } of readable) {
      const old = stored?.rows.get(id);
      const keepOld = old !== undefined && !old.slim && given.slim;
      rows.set(id, keepOld ? old : { text, slim: given.slim, kind });
    }
    const withAll = (ids: readonly string[]) => {
      const all = new Map(rows);
      for (const id of ids) {
        const row = stored?.rows.get(id);
        if (row !== undefined) all.set(id, row);
      }
      const { title, updateTime } = shipped;
      const owned = given.owned || stored?.owned === true;
      return { title, updateTime, owned, rows: all };
    };
    const stays = shipped.broken === undefined
      ? perhapsOnThread(shipped, gone, stored)
      : new Set(gone);
    const going = gone.filter((id) => !stays.has(id));
    const staying = [...kept, ...stays];
    after.set(shipped.id, withAll([...staying, ...going]));
    deletes += going.length;
    losers.push(() => after.set(shipped.id, withAll(staying)));
  }
  const whole = given.conversations.every(({ broken }) => broken === undefined);
  if (given.prune && given.owned && whole) {
    const present = new Set(given.conversations.map(({ id }) => id));
    for (const [id, { rows }] of before) {
      if (present.has(id)) continue;
      deletes += rows.size;
      losers.push(() => after.delete(id));
    }
  }
  if (deletes <= given.maxDeletes) { for (const lose of losers) lose(); }
  return after;
}

/** Tells what of the stored rows stays although it is not on the thread from what goes. */
function splitStored(
  stored: Stored | undefined,
  { thread, broken }: Shipped,
  slim: boolean,
): { kept: string[]; gone: string[] } {
  const on = new Set(
    thread.map(({ id }) => id).filter((id) => id !== broken),
  );
  const kept: string[] = [];
  const gone: string[] = [];
  let anchored = true;
  for (const [id, row] of stored?.rows ?? []) {
    const shippable = !slim || row.kind === "user" || row.kind === "assistant";
    if (on.has(id)) anchored = true;
    else if (shippable) {
      anchored = false;
      gone.push(id);
    } else (anchored ? kept : gone).push(id);
  }
  return { kept, gone };
}

/** What is not on the thread of the export, but may be on the one that it was cut from. */
function perhapsOnThread(
  { lost, thread, nodes }: Shipped,
  gone: readonly string[],
  stored: Stored | undefined,
): Set<string> {
  if (lost === undefined) return new Set();
  if (lost === "current") return new Set(gone);
  const on = new Set(thread.map(({ id }) => id));
  const places = stored?.places ?? new Map<string, number>();
  const first = thread.map(({ id }) => places.get(id))
    .find((place) => place !== undefined) ?? Infinity;
  const before = (id: string) => (places.get(id) ?? 0) <= first;
  const certain = (id: string) => {
    let node = nodes.find((one) => one.id === id) as Node | undefined;
    for (; node !== undefined; node = node.parent) {
      if (on.has(node.id) || node.parent?.id === lost.id) return true;
      // What is before the cut is not told from what is beside it.
      if (node.id === lost.id) return false;
    }
    return false;
  };
  return new Set(gone.filter((id) => before(id) && !certain(id)));
}

/** An export of a conversation that lacks its current message, or one of its thread. */
function lose(one: Shipped, random: Random): Shipped {
  const { nodes, thread } = one;
  const last = nodes.at(-1);
  if (last === undefined || thread.length < 3 || random.below(2) === 0) {
    // Then the thread is that of the newest message.
    const own = new Set<string>();
    for (let node = last as Node | undefined; node; node = node.parent) {
      own.add(node.id);
    }
    const slim = thread[0]?.slim ?? false;
    const guessed = nodes.filter(({ id }) => own.has(id))
      .map(({ id, kind, text }) => ({ id, kind, text, slim }));
    return thread.length === 0
      ? one
      : { ...one, thread: guessed, lost: "current" };
  }
  const at = random.below(thread.length - 1);
  const { id } = thread[at]!;
  return {
    ...one,
    thread: thread.slice(at + 1),
    nodes: nodes.filter((node) => node.id !== id),
    lost: { id },
  };
}

/** The copy of each conversation that counts: the newest, then the fullest, then the first. */
function bestCopies(all: readonly Shipped[]): Shipped[] {
  const best = new Map<string, Shipped>();
  const size = ({ thread, broken }: Shipped) =>
    thread.filter(({ id }) => id !== broken).length;
  for (const one of all) {
    const other = best.get(one.id);
    const better = other === undefined || one.updateTime > other.updateTime ||
      (one.updateTime === other.updateTime && size(one) > size(other));
    if (better) best.set(one.id, one);
  }
  return [...best.values()];
}

function threadOf(current: Node): Node[] {
  const thread: Node[] = [];
  for (let node: Node | undefined = current; node; node = node.parent) {
    thread.unshift(node);
  }
  return thread;
}

function ship(
  { id, title, updateTime, nodes, current }: Chat,
  slim: boolean,
): Shipped {
  const shown = (node: Node) =>
    !slim || node.kind === "user" || node.kind === "assistant";
  const thread = threadOf(current).filter(shown)
    .map(({ id, kind, text }) => ({ id, kind, text, slim }));
  const shipped = nodes.filter(shown).map((node) => {
    let parent = node.parent;
    while (parent !== undefined && !shown(parent)) parent = parent.parent;
    const { id, kind, text } = node;
    return { id, kind, text, ...(parent && { parent }) };
  });
  return { id, title, updateTime, nodes: shipped, thread, broken: undefined };
}

function raw(
  { id, title, updateTime, nodes, thread, broken, lost }: Shipped,
  slim: boolean,
): Json {
  const turns = nodes.map(({ id: node, kind, text, parent }): RawTurn => {
    const role = kind === "code" ? "assistant" : kind;
    return {
      id: node,
      role,
      parent: parent?.id ?? `${id}-root`,
      ...(kind === "tool" && { name: "python" }),
      // The same in every export, whatever else is in it.
      fields: { create_time: 1_700_000_000 + Number(node.split("-").at(-1)) },
      content: kind === "code"
        ? { content_type: "code", language: "python", text }
        : { content_type: "text", parts: [text] },
    };
  });
  const made = rawConversation(id, turns, {
    era: slim ? "slim" : "full",
    fields: {
      title,
      update_time: updateTime,
      current_node: lost === "current"
        ? null
        : thread.at(-1)?.id ?? `${id}-root`,
    },
  });
  if (broken !== undefined) {
    const { [broken]: node } = made.mapping as Record<string, Json>;
    if (node !== undefined) node.message = "no object";
  }
  return made;
}
