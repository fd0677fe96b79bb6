/** A message of a conversation and the parts of its content. @module */

import { assetLabel } from "./label.ts";

/** Who wrote a message. ChatGPT knows `user`, `assistant`, `system` and `tool`; the set is open. */
export interface Author {
  readonly role: string;
  /** The tool's or plugin's name. */
  readonly name?: string;
}

/** One part of a message's content, in the order of the export. */
export type ContentPart =
  /** Prose, as Markdown. */
  | { readonly kind: "text"; readonly text: string }
  /** Source code, a tool call or a program's output, its indentation kept. */
  | { readonly kind: "code"; readonly language?: string; readonly text: string }
  /** A passage quoted from somewhere. */
  | {
    readonly kind: "quote";
    readonly text: string;
    readonly title?: string;
    readonly url?: string;
  }
  /** Something whose bytes lie elsewhere in the export, or nowhere. */
  | {
    readonly kind: "asset";
    readonly asset: "image" | "audio" | "video" | "file";
    /** The export's pointer, such as `file-service://file-abc` or `sediment://file_abc`. */
    readonly pointer?: string;
    readonly name?: string;
  }
  /** Content of a kind that the program does not know; named, never dropped in silence. */
  | { readonly kind: "unknown"; readonly contentType: string };

/** Something that came with a message: a file, an image, a recording. */
export interface Attachment {
  /** ChatGPT's id of the file, such as `file-abc` or `file_abc`, or the path of one made by a program. */
  readonly id?: string;
  readonly name?: string;
  /** Media type, such as `image/png`. */
  readonly type?: string;
  /** Bytes. */
  readonly size?: number;
  /** Whether its bytes were in the export. */
  readonly exported: boolean;
}

/** Something that a message cites. */
export interface Source {
  readonly title?: string;
  readonly url?: string;
}

/** One message of a conversation. All text is well-formed Unicode. */
export interface Message {
  readonly id: string;
  /** The message before it, or null for the first. */
  readonly parentId: string | null;
  /** Place on the thread, from 0; on a branch the place that it would have had. */
  readonly position: number;
  /** The id of the first message of its branch; absent on the thread. */
  readonly branch?: string;
  readonly author: Author;
  /** Seconds since 1970, or null where the export has none. */
  readonly createTime: number | null;
  /** The export's `content_type`, such as `text` or `multimodal_text`. */
  readonly contentType: string;
  /** The content rendered as text, as {@linkcode renderParts} does; may be empty. */
  readonly content: string;
  /** Whether a person saw it in ChatGPT, rather than its being machinery such as a tool call. */
  readonly visible: boolean;
  /** The model that wrote it, such as `gpt-4o`. */
  readonly model?: string;
  /** The tool that it was sent to; absent where it was meant for everybody. */
  readonly recipient?: string;
  /** `commentary`, `analysis` and the like; absent for plain answers. */
  readonly channel?: string;
  /** How writing it ended, such as `in_progress`; absent where it ended well. */
  readonly status?: string;
  readonly attachments?: readonly Attachment[];
  readonly sources?: readonly Source[];
  /** Fields that have no place above, as a JSON object. */
  readonly extra?: string;
}

/** The content as text: parts on lines of their own, empty ones left out. */
export function renderParts(parts: readonly ContentPart[]): string {
  return parts.map(renderPart).filter((text) => text !== "").join("\n");
}

function renderPart(part: ContentPart): string {
  switch (part.kind) {
    case "text":
      return part.text;
    case "code":
      return part.text === "" ? "" : fence(part.text, part.language ?? "");
    case "quote":
      return renderQuote(part);
    case "asset":
      return assetLabel(part);
    case "unknown":
      return `[${part.contentType}]`;
    default:
      return part satisfies never;
  }
}

/** A Markdown code block, its fence longer than any run of backticks inside. */
function fence(text: string, language: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce(
    (most, run) => Math.max(most, run.length),
    2,
  );
  const marks = "`".repeat(longest + 1);
  return `${marks}${language}\n${text}\n${marks}`;
}

function renderQuote(
  { text, title, url }: Extract<ContentPart, { kind: "quote" }>,
): string {
  const source = [title, url].filter((part) =>
    part !== undefined && part !== ""
  ).join(" — ");
  const lines = [text, source].filter((part) => part !== "").join("\n");
  return lines === ""
    ? ""
    : lines.split("\n").map((line) => line === "" ? ">" : `> ${line}`).join(
      "\n",
    );
}
