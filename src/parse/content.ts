/** Reads what a message holds, whichever of ChatGPT's content types it has. @module */

import type { Attachment, ContentPart } from "../domain/message.ts";
import { readCanvas } from "./canvas.ts";
import { cleanText } from "./citations.ts";
import { type Extras, printableName } from "./fields.ts";
import { Files } from "./files.ts";
import { type PartContext, readPart } from "./part.ts";
import {
  isObject,
  listOf,
  objectOf,
  type RawMessage,
  type RawObject,
  textOf,
} from "./raw.ts";
import { Reading } from "./reading.ts";

/** The content of a message. */
export interface Content {
  readonly contentType: string;
  readonly parts: readonly ContentPart[];
  /** What came with it: files, images, recordings. */
  readonly attachments: readonly Attachment[];
  /** Types of the content, or of parts of it, that the program does not know. */
  readonly unknownTypes: ReadonlySet<string>;
}

/** What else reading a content needs to know of its message. */
export interface ContentOrigin {
  readonly reading: Reading;
  /** Where fields go that have no place of their own. */
  readonly extras: Extras;
  readonly messageId: string;
}

type Reader = (content: RawObject, context: PartContext) => ContentPart[];

/** Reads a message's content. Whatever its shape, it yields what text it finds, or a placeholder. */
export function readContent(
  message: RawMessage,
  { reading = new Reading(), extras = new Map(), messageId = "" }: Partial<
    ContentOrigin
  > = {},
): Content {
  const { content } = message;
  const metadata = objectOf(message.metadata);
  const unknownTypes = new Set<string>();
  const context: PartContext = {
    clean: (text) =>
      cleanText(text, metadata.content_references).toWellFormed(),
    files: new Files(metadata, reading, messageId, extras),
    metadata,
    reading,
    extras,
    unknownTypes,
    depth: 0,
  };
  if (isObject(content)) {
    reading.fields.take("content", content, extras, "content.");
  }
  const contentType = typeOf(content);
  const reader = READERS.get(contentType) ?? readUnknown;
  const parts = typeof content === "string"
    ? prose(context, content)
    : readCanvas(message) ?? reader(objectOf(content), context);
  const attached = context.files.attached();
  // ChatGPT shows attached files above the text.
  if (objectOf(message.author).role === "user") parts.unshift(...attached);
  context.files.addLinks(parts);
  const { attachments } = context.files;
  for (const type of unknownTypes) reading.countUnknownType(type);
  return { contentType, parts, attachments, unknownTypes };
}

function typeOf(content: unknown): string {
  return (isObject(content) ? textOf(content.content_type) : undefined) ??
    "text";
}

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["text", readParts],
  ["multimodal_text", readParts],
  ["code", readCode],
  ["execution_output", readExecution],
  [
    "tether_browsing_display",
    (content) => quote(textOf(content.result) ?? textOf(content.summary)),
  ],
  [
    "tether_quote",
    (content) => quote(textOf(content.text), content.title, content.url),
  ],
  ["sonic_webpage", (content) =>
    quote(
      textOf(content.text) ?? textOf(content.snippet),
      content.title,
      content.url,
    )],
  [
    "system_error",
    ({ name, text }, context) =>
      prose(context, [textOf(name), textOf(text)].filter(isDefined).join(": ")),
  ],
  [
    "user_editable_context",
    ({ user_profile, user_instructions }, context) =>
      prose(context, user_profile, user_instructions),
  ],
  ["model_editable_context", (content, context) =>
    prose(
      context,
      content.model_set_context,
      content.repository,
      content.repo_summary,
      content.structured_context,
    )],
  [
    "thoughts",
    (content, context) =>
      listOf(content.thoughts).flatMap((thought) =>
        readThought(thought, context)
      ),
  ],
  ["reasoning_recap", ({ content }, context) => prose(context, content)],
  ["computer_output", readScreen],
  ["citable_code_output", readCitable],
  ["app_pairing_content", readPairing],
  ["super_widget", readWidgets],
  ...[
    "image_asset_pointer",
    "audio_transcription",
    "audio_asset_pointer",
    "real_time_user_audio_video_asset_pointer",
    "video_container_asset_pointer",
  ].map((type): [string, Reader] => [type, readPart]),
]);

function readParts(content: RawObject, context: PartContext): ContentPart[] {
  const { parts, text } = content;
  if (Array.isArray(parts)) {
    return parts.flatMap((part) => readPart(part, context));
  }
  return prose(context, parts ?? text);
}

function readCode(content: RawObject): ContentPart[] {
  const text = textOf(content.text) ??
    listOf(content.parts).map(textOf).filter(isDefined).join("\n");
  const language = textOf(content.language);
  if (text === "") return [];
  return [{
    kind: "code",
    ...(language !== undefined && /^[\w+#.-]{1,30}$/.test(language) &&
      language !== "unknown" && { language }),
    text,
  }];
}

/** A program's output, and the images that it drew. */
function readExecution(
  content: RawObject,
  { metadata, files }: PartContext,
): ContentPart[] {
  const drawn = listOf(objectOf(metadata.aggregate_result).messages).map(
    (message) => textOf(objectOf(message).image_url),
  ).filter(isDefined);
  return [
    ...readCode(content),
    ...drawn.map((pointer) => files.part("image", { asset_pointer: pointer })),
  ];
}

function readThought(thought: unknown, context: PartContext): ContentPart[] {
  if (typeof thought === "string") return prose(context, thought);
  const { summary, content, chunks } = objectOf(thought);
  const body = textOf(content) ??
    listOf(chunks).map(textOf).filter(isDefined).join("");
  return prose(context, summary, body);
}

function readScreen(content: RawObject, context: PartContext): ContentPart[] {
  const { title, url } = objectOf(content.state);
  return [
    ...prose(
      context,
      [textOf(title), textOf(url)].filter(isDefined).join(" — "),
    ),
    ...(isObject(content.screenshot)
      ? readPart(
        { ...content.screenshot, content_type: "image_asset_pointer" },
        context,
      )
      : []),
  ];
}

function readCitable(content: RawObject): ContentPart[] {
  const { display_title, display_url } = objectOf(content.metadata);
  const output = textOf(content.output_str);
  return [
    ...quote(undefined, display_title, display_url),
    ...(output === undefined ? [] : [{ kind: "code", text: output } as const]),
  ];
}

function readPairing(content: RawObject, context: PartContext): ContentPart[] {
  return [
    ...listOf(content.context_parts).flatMap((part) =>
      quote(textOf(objectOf(part).text))
    ),
    ...prose(context, content.custom_instructions),
  ];
}

/** The links of a widget: pages, videos and images. */
function readWidgets(content: RawObject): ContentPart[] {
  return Object.values(objectOf(content.widgets)).flatMap(listOf).flatMap(
    (link) => {
      const { title, url, snippet } = objectOf(link);
      return quote(textOf(snippet), title, url);
    },
  );
}

/** A type that is not known: the text is sought where other types have it. */
function readUnknown(content: RawObject, context: PartContext): ContentPart[] {
  const type = typeOf(content).slice(0, 100);
  context.unknownTypes.add(printableName(type));
  const { parts, text, result, output_str, thoughts, name } = content;
  const found = Array.isArray(parts) ? readParts(content, context) : [];
  if (found.length > 0) return found;
  const title = textOf(name);
  const body = [text, content.content, result, output_str].map(textOf).find(
    isDefined,
  );
  if (body !== undefined) {
    return prose(context, title === undefined ? body : `${title}: ${body}`);
  }
  const thought = listOf(thoughts).flatMap((one) => readThought(one, context));
  return thought.length > 0
    ? thought
    : [{ kind: "unknown", contentType: type }];
}

/** Parts for those values that are text. */
function prose(context: PartContext, ...values: unknown[]): ContentPart[] {
  return values.filter((value) => typeof value === "string" && value !== "")
    .map((text) => ({ kind: "text", text: context.clean(text as string) }));
}

function quote(
  text: string | undefined,
  title?: unknown,
  url?: unknown,
): ContentPart[] {
  const source = { title: textOf(title), url: textOf(url) };
  if (!text && !source.title && !source.url) return [];
  return [{
    kind: "quote",
    text: text ?? "",
    ...(source.title !== undefined && { title: source.title }),
    ...(source.url !== undefined && { url: source.url }),
  }];
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
