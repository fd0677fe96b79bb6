/** Reads one part of a content: text, or a pointer to something outside of it. @module */

import type { ContentPart } from "../domain/message.ts";
import { type Extras, printableName } from "./fields.ts";
import type { Files } from "./files.ts";
import { isObject, listOf, objectOf, type RawObject, textOf } from "./raw.ts";
import type { Reading } from "./reading.ts";

/** What reading a part needs to know of its message, and what it leaves behind. */
export interface PartContext {
  /** Cleans prose. */
  readonly clean: (text: string) => string;
  readonly metadata: RawObject;
  /** The files that come with the message. */
  readonly files: Files;
  readonly reading: Reading;
  /** Where fields go that have no place of their own. */
  readonly extras: Extras;
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
  context.reading.fields.take("part", part, context.extras, "part.");
  const type = textOf(part.content_type) ?? textOf(part.type) ?? "";
  switch (type) {
    case "image_asset_pointer":
      return [context.files.part("image", part)];
    case "audio_asset_pointer":
      return [context.files.part("audio", part)];
    case "video_container_asset_pointer":
      return [context.files.part("video", part)];
    case "real_time_user_audio_video_asset_pointer":
      return recording(part, context);
    case "search_result_group":
      return listOf(part.entries).flatMap(readLink);
    default:
      return readOther(part, type, context);
  }
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
  context.unknownTypes.add(printableName(name));
  return raw.asset_pointer !== undefined
    ? [context.files.part("file", raw)]
    : [{ kind: "unknown", contentType: name }];
}

function prose(text: string, { clean }: PartContext): ContentPart[] {
  return text === "" ? [] : [{ kind: "text", text: clean(text) }];
}

/** A turn spoken to ChatGPT: its sound, and what the camera saw. */
function recording(raw: RawObject, { files }: PartContext): ContentPart[] {
  const video = raw.video_container_asset_pointer;
  const filmed = isObject(video) ||
    listOf(raw.frames_asset_pointers).length > 0;
  return [
    files.part("audio", objectOf(raw.audio_asset_pointer)),
    ...(filmed ? [files.part("video", objectOf(video))] : []),
  ];
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
