/** Conversations known by the bytes of their elements, which then need no parsing. @module */

import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import type {
  ConversationRecord,
  ConversationSource,
  RecognizedConversation,
  UnreadConversation,
} from "../domain/conversation.ts";
import { storableId } from "../domain/id.ts";
import { detailsOf } from "./details.ts";
import type { JsonElement } from "./json_array.ts";
import type { Knowledge } from "./reading.ts";

/**
 * The version of what reading makes of the same bytes. Raise it with every change of that, or conversations
 * that were stored before will go on as they were read then.
 */
export const READING_VERSION = 1;

/** Bytes at both ends of an element in which its id is looked for. */
const TAIL = 65_536;
const HEAD = 4_096;

/** Looks up conversations; those that are not stored as their bytes say are undefined. */
export type Recognize = (
  unread: readonly UnreadConversation[],
) => Promise<readonly (RecognizedConversation | undefined)[]>;

/** An element, and what is known of it before it is parsed. */
export interface LookedUp {
  readonly element: JsonElement;
  readonly unread?: UnreadConversation;
  readonly known?: RecognizedConversation | undefined;
}

/** Elements that are looked up together, and the most bytes of them. */
const MOST_TOGETHER = 100;
const MOST_BYTES = 4 * 2 ** 20;

/**
 * Looks elements up, many at a time, and yields them in their order. Where the elements end in an error, those
 * before it are yielded first.
 *
 * @param options `recognize`: gives nothing as long as there is nothing to look them up in; where it is absent,
 *     nobody wants to know either what would tell them from others.
 */
export async function* lookUp(
  elements: AsyncIterable<JsonElement>,
  { knowledge, recognize }: {
    readonly knowledge: Knowledge;
    readonly recognize?: (() => Recognize | undefined) | undefined;
  },
): AsyncGenerator<LookedUp> {
  if (recognize === undefined) {
    for await (const element of elements) yield { element };
    return;
  }
  let waiting: LookedUp[] = [];
  let bytes = 0;
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const element of elements) {
      const ask = recognize();
      const unread = element.bytes && !element.whole
        ? unreadOf(element.bytes, knowledge)
        : undefined;
      if (ask === undefined || unread === undefined) {
        yield* await answer(waiting, ask);
        waiting = [];
        bytes = 0;
        yield { element, ...(unread && { unread }) };
        continue;
      }
      // Its bytes are another's as soon as the next one is read.
      const own = { ...element, bytes: element.bytes?.slice() };
      waiting.push({ element: own, unread });
      bytes += element.size;
      if (waiting.length < MOST_TOGETHER && bytes < MOST_BYTES) continue;
      yield* await answer(waiting, ask);
      waiting = [];
      bytes = 0;
    }
  } catch (error) {
    failure = { error };
  }
  yield* await answer(waiting, recognize());
  if (failure !== undefined) throw failure.error;
}

async function answer(
  waiting: readonly LookedUp[],
  ask: Recognize | undefined,
): Promise<readonly LookedUp[]> {
  if (ask === undefined || waiting.length === 0) return waiting;
  const unread = waiting.map((one) => one.unread).filter((one) =>
    one !== undefined
  );
  const known = await ask(unread);
  return waiting.map((one, index) => ({ ...one, known: known[index] }));
}

/** What tells an element from others; undefined where it shows no id without being parsed. */
export function unreadOf(
  bytes: Uint8Array,
  { details, branches }: Knowledge,
): UnreadConversation | undefined {
  const trimmed = trim(bytes);
  const id = findId(latin1(trimmed.subarray(-TAIL))) ??
    findId(latin1(trimmed.subarray(0, HEAD)));
  if (id === undefined) return undefined;
  const digest = createHash("sha256")
    .update(JSON.stringify([READING_VERSION, branches, detailsOf(details, id)]))
    .update(trimmed).digest("base64url").slice(0, 22);
  return { id, digest };
}

/**
 * What may be stored so that the same bytes are recognised; undefined where they do not tell all: of a
 * conversation whose files are told of elsewhere in the export, or that was not read whole.
 */
export function sourceOf(
  record: Extract<ConversationRecord, { kind: "conversation" }>,
  { id, digest }: UnreadConversation,
): ConversationSource | undefined {
  const { conversation, offThread, issues, unknownTypes } = record;
  const { messages, branches = [] } = conversation;
  const all = [...messages, ...branches];
  const whole = issues.length === 0 && id === conversation.id &&
    Object.keys(unknownTypes).length === 0 &&
    all.every(({ attachments }) => attachments === undefined);
  return whole ? { digest, messages: all.length, offThread } : undefined;
}

/** Splitting leaves white space round elements. */
function trim(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && (bytes[start] ?? 0) <= 0x20) start++;
  while (end > start && (bytes[end - 1] ?? 0) <= 0x20) end--;
  return bytes.subarray(start, end);
}

/** The last thing that looks like the conversation's id. If it is another, nothing is recognised by it. */
function findId(text: string): string | undefined {
  const key = text.lastIndexOf('"conversation_id"');
  if (key < 0) return undefined;
  const found = /^"conversation_id"\s*:\s*"([^"\\]{1,200})"/.exec(
    text.slice(key, key + 300),
  )?.[1];
  return found === undefined
    ? undefined
    : storableId(Buffer.from(found, "latin1").toString("utf8"));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("latin1");
}
