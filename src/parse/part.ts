/** Reads one part of a content: text, or a pointer to something outside of it. @module */

import type { ContentPart } from "../domain/message.ts";
import { isObject, listOf, objectOf, type RawObject, textOf } from "./raw.ts";

/** What reading a part needs to know of its message, and what it leaves behind. */
export interface PartContext {
  /** Cleans prose. */
  readonly clean: (text: string) => string;
  readonly metadata: RawObject;
  /** Ids of the attachments that a part has named. */
  readonly usedFiles: Set<string>;
  readonly unknownTypes: Set<string>;
  /** How many parts this one lies inside of. */
  readonly depth: number;
}

/** Parts inside parts have been seen; nobody nests them deeper than this. */
const MOST_DEPTH = 8;

/** Reads one part, whatever its shape; empty ones yield nothing. */
export function readPart(part: unknown, context: PartContext): ContentPart[] {
  if (typeof part === "string") return prose(part, context);
  if (!isObject(part)) return [];
  const type = textOf(part.content_type) ?? textOf(part.type) ?? "";
  switch (type) {
    case "image_asset_pointer":
      return [asset("image", part, context)];
    case "audio_asset_pointer":
      return [asset("audio", part, context)];
    case "video_container_asset_pointer":
      return [asset("video", part, context)];
    case "real_time_user_audio_video_asset_pointer":
      return recording(part, context);
    case "search_result_group":
      return listOf(part.entries).flatMap(readLink);
    default:
      return readOther(part, type, context);
  }
}

/** The files attached to a message that no part of it has named. */
export function attachedFiles(context: PartContext): ContentPart[] {
  return listOf(context.metadata.attachments).filter(isObject)
    .filter(({ id }) => typeof id !== "string" || !context.usedFiles.has(id))
    .map(({ id, name }) => part("file", textOf(id), textOf(name)));
}

/** Anything with text in it, such as `audio_transcription`, or a pointer to something of an unknown kind. */
function readOther(
  raw: RawObject,
  type: string,
  context: PartContext,
): ContentPart[] {
  const text = raw.text ?? raw.content;
  if (typeof text === "string") return prose(text, context);
  if (Array.isArray(raw.parts) && context.depth < MOST_DEPTH) {
    const deeper = { ...context, depth: context.depth + 1 };
    return raw.parts.flatMap((inner) => readPart(inner, deeper));
  }
  if (type === "audio_transcription") return [];
  const name = (type || "part").slice(0, 100);
  context.unknownTypes.add(name);
  return raw.asset_pointer !== undefined
    ? [asset("file", raw, context)]
    : [{ kind: "unknown", contentType: name }];
}

function prose(text: string, { clean }: PartContext): ContentPart[] {
  return text === "" ? [] : [{ kind: "text", text: clean(text) }];
}

/** A turn spoken to ChatGPT: its sound, and what the camera saw. */
function recording(raw: RawObject, context: PartContext): ContentPart[] {
  const video = raw.video_container_asset_pointer;
  const filmed = isObject(video) ||
    listOf(raw.frames_asset_pointers).length > 0;
  return [
    asset("audio", objectOf(raw.audio_asset_pointer), context),
    ...(filmed ? [asset("video", objectOf(video), context)] : []),
  ];
}

function asset(
  kind: "image" | "audio" | "video" | "file",
  raw: RawObject,
  context: PartContext,
): ContentPart {
  const pointer = textOf(raw.asset_pointer);
  return part(
    kind,
    pointer,
    attachmentName(pointer, context) ?? prompt(raw),
  );
}

function part(
  kind: "image" | "audio" | "video" | "file",
  pointer: string | undefined,
  name: string | undefined,
): ContentPart {
  return {
    kind: "asset",
    asset: kind,
    ...(pointer !== undefined && { pointer }),
    ...(name !== undefined && { name: name.replace(/\s+/g, " ") }),
  };
}

/** The name under which a person attached what a pointer leads to. */
function attachmentName(
  pointer: string | undefined,
  { metadata, usedFiles }: PartContext,
): string | undefined {
  // Such as file-service://file-abc, or sediment://hash#file_abc.
  const id = pointer?.match(/(file[-_][\w-]+)(?:#p_\d+.*)?$/)?.[1];
  if (id === undefined) return undefined;
  usedFiles.add(id);
  const attachment = listOf(metadata.attachments).filter(isObject)
    .find((one) => one.id === id);
  return textOf(attachment?.name);
}

/** What an image was generated from. */
function prompt(raw: RawObject): string | undefined {
  return textOf(objectOf(objectOf(raw.metadata).dalle).prompt);
}

function readLink(raw: unknown): ContentPart[] {
  const { title, url, snippet } = objectOf(raw);
  const source = { title: textOf(title), url: textOf(url) };
  if (source.title === undefined && source.url === undefined) return [];
  return [{
    kind: "quote",
    text: textOf(snippet) ?? "",
    ...(source.title !== undefined && { title: source.title }),
    ...(source.url !== undefined && { url: source.url }),
  }];
}
