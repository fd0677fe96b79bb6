/** The messages of a conversation: its thread, and its branches where they are asked for. @module */

import { storableId } from "../domain/id.ts";
import type { Issue } from "../domain/issue.ts";
import type { Message } from "../domain/message.ts";
import { readMessage } from "./message.ts";
import { isObject } from "./raw.ts";
import type { Reading } from "./reading.ts";
import type { Thread, ThreadNode } from "./thread.ts";

/** The messages of one conversation. */
export interface ReadMessages {
  /** Those on the thread that can be read. */
  readonly messages: readonly Message[];
  /** Those off it, where they are asked for. */
  readonly branches?: readonly Message[];
  /** One for each that cannot be read. */
  readonly issues: readonly Issue[];
  readonly unknownTypes: Readonly<Record<string, number>>;
}

/** Whose messages they are. */
export interface Owner {
  readonly where: string;
  readonly conversationId: string;
}

/** Where in a conversation a message is. */
type Place = Pick<Message, "id" | "parentId" | "position" | "branch">;

/** Reads the messages of a thread, and of the branches. */
export function readMessages(
  thread: Thread,
  owner: Owner,
  reading: Reading,
): ReadMessages {
  const issues: Issue[] = [];
  const unknownTypes = new Map<string, number>();
  const taken = new Set<string>();
  /** The message by the key of its node; that before it where it could not be read. */
  const places = new Map<string, Place | undefined>();
  const read = (
    { key, node }: ThreadNode,
    before: Place | undefined,
    branch: (id: string) => string | undefined,
    position = (before?.position ?? -1) + 1,
  ): Message | undefined => {
    const raw = node.message;
    const id = ownId([isObject(raw) ? idText(raw.id) : undefined, key], taken);
    const fork = branch(id);
    const place: Place = {
      id,
      parentId: before?.id ?? null,
      position,
      ...(fork !== undefined && { branch: fork }),
    };
    places.set(key, before);
    const fault = (message: string) => {
      issues.push({ code: "bad-message", ...owner, message, messageId: id });
      return undefined;
    };
    if (!isObject(raw)) return fault("is no object");
    try {
      const { message, unknownTypes: unknown } = readMessage(
        raw,
        place,
        reading,
      );
      for (const type of unknown) {
        unknownTypes.set(type, (unknownTypes.get(type) ?? 0) + 1);
      }
      places.set(key, place);
      return message;
    } catch (error) {
      return fault(`cannot be read: ${nameOf(error)}`);
    }
  };

  const messages: Message[] = [];
  for (const [index, node] of thread.nodes.entries()) {
    // One that cannot be read leaves its place free.
    const message = read(node, messages.at(-1), () => undefined, index);
    if (message !== undefined) messages.push(message);
  }
  const branches: Message[] = [];
  for (const node of reading.knowledge.branches ? thread.branches() : []) {
    const before = node.parent === undefined
      ? undefined
      : places.get(node.parent);
    const message = read(node, before, (id) => before?.branch ?? id);
    if (message !== undefined) branches.push(message);
  }
  return {
    messages,
    ...(reading.knowledge.branches && { branches }),
    issues,
    unknownTypes: Object.fromEntries(unknownTypes),
  };
}

/** An id as a string. It may be ill-formed here: making it well-formed could make two ids one. */
export function idText(id: unknown): string | undefined {
  if (typeof id === "number") return String(id);
  return typeof id === "string" && id !== "" ? id : undefined;
}

/** An error's class: its message could quote the conversation. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** The first of the names that is not taken in this conversation, else the first with a number behind it. */
export function ownId(
  names: readonly (string | undefined)[],
  taken: Set<string>,
): string {
  const ids = names.filter((name) => name !== undefined).map(storableId);
  let id = ids.find((one) => !taken.has(one));
  for (let copy = 2; id === undefined; copy++) {
    const numbered = storableId(`${ids[0]}~${copy}`);
    if (!taken.has(numbered)) id = numbered;
  }
  taken.add(id);
  return id;
}
