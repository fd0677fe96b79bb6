/** One message of the export as the program keeps it. @module */

import {
  type Author,
  type ContentPart,
  type Message,
  renderParts,
} from "../domain/message.ts";
import { readContent } from "./content.ts";
import { extraJson, type Extras } from "./fields.ts";
import {
  isObject,
  objectOf,
  type RawMessage,
  type RawObject,
  textOf,
} from "./raw.ts";
import { Reading } from "./reading.ts";
import { readSources } from "./sources.ts";
import { readTime } from "./time.ts";

/** Where a message is in its conversation. */
export type Placing = Pick<
  Message,
  "id" | "parentId" | "position" | "branch"
>;

/** A message, and the types in its content that the program does not know. */
export interface ReadMessage {
  readonly message: Message;
  readonly unknownTypes: ReadonlySet<string>;
}

/** Reads a message whatever it lacks. */
export function readMessage(
  raw: RawMessage,
  placing: Placing,
  reading: Reading = new Reading(),
): ReadMessage {
  const extras: Extras = new Map();
  const metadata = objectOf(raw.metadata);
  reading.fields.take("message", raw as RawObject, extras);
  reading.fields.take("metadata", metadata, extras);
  if (isObject(raw.author)) {
    reading.fields.take("author", raw.author, extras, "author.");
  }
  const author = readAuthor(raw.author);
  const { contentType, parts, attachments, unknownTypes } = readContent(
    raw,
    { reading, extras, messageId: placing.id },
  );
  reading.countMessage(contentType, author.role);
  const content = renderParts(parts);
  const sources = readSources(metadata);
  const extra = extraJson(extras);
  const model = textOf(metadata.model_slug);
  const message: Message = {
    ...placing,
    author,
    createTime: readTime(raw.create_time),
    contentType,
    content,
    visible: isVisible(raw, author, contentType, parts) && /\S/.test(content),
    ...(model !== undefined && { model }),
    ...telling("recipient", raw.recipient, "all"),
    ...telling("channel", raw.channel, "final"),
    ...telling("status", raw.status, "finished_successfully"),
    ...(attachments.length > 0 && { attachments }),
    ...(sources.length > 0 && { sources }),
    ...(extra !== undefined && { extra }),
  };
  return { message, unknownTypes };
}

/** A field with its value, unless that is what nearly every message has. */
function telling<K extends string>(
  name: K,
  value: unknown,
  usual: string,
): { readonly [key in K]?: string } {
  const text = textOf(value);
  if (text === undefined || text === usual) return {};
  return { [name]: text } as { [key in K]?: string };
}

function readAuthor(raw: unknown): Author {
  // Tools that imitate the format write the role alone.
  const { role, name } = typeof raw === "string"
    ? { role: raw }
    : objectOf(raw);
  const known = textOf(name);
  return {
    role: textOf(role) ?? "unknown",
    ...(known !== undefined && { name: known }),
  };
}

/** What ChatGPT shows as part of the dialogue; the `weight` of a message says nothing about it. */
function isVisible(
  raw: RawMessage,
  { role }: Author,
  contentType: string,
  parts: readonly ContentPart[],
): boolean {
  const { is_visually_hidden_from_conversation: hidden } = objectOf(
    raw.metadata,
  );
  if (hidden === true) return false;
  switch (role) {
    case "user":
    case "assistant":
      return isDialogue(contentType) && isForAll(raw.recipient) &&
        raw.channel !== "commentary" && raw.channel !== "analysis";
    case "tool":
      return (contentType === "multimodal_text" ||
        contentType === "execution_output" || isAssetType(contentType)) &&
        parts.some((part) => part.kind === "asset" && part.asset === "image");
    default:
      return false;
  }
}

function isDialogue(contentType: string): boolean {
  return contentType === "text" || contentType === "multimodal_text" ||
    contentType === "audio_transcription" || isAssetType(contentType);
}

function isAssetType(contentType: string): boolean {
  return contentType.endsWith("asset_pointer");
}

/** Slim exports leave the recipient out. */
function isForAll(recipient: unknown): boolean {
  return recipient === undefined || recipient === null || recipient === "all";
}
