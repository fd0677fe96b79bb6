/** The entries of a ZIP, checked as they are read. @module */

import { pipeline, Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { type Entry, Reader, ZipReader } from "@zip.js/zip.js";
import { reason } from "../domain/errors.ts";
import { type ByteSource, chunksOf, rangeOf, ReadError } from "./bytes.ts";
import { pathFault } from "./survey.ts";

/** One file in a ZIP. */
export interface ZipEntry {
  /** The path inside the ZIP, its parts divided by `/`. */
  readonly path: string;
  /** Bytes when unpacked, as the directory declares them. */
  readonly size: number;
  /** Why it must not be unpacked, if it must not. */
  readonly refused?: string;
  /** The bytes as they lie in the archive, where they are stored without compression or encryption. */
  stored(): ByteSource | undefined;
  /**
   * The unpacked bytes. Ends with an error where they are not the bytes that were packed.
   *
   * @throws {ReadError}
   */
  chunks(): AsyncGenerator<Uint8Array>;
}

const METHOD = { stored: 0, deflated: 8 } as const;
/** The default of 16 KiB costs a quarter of the speed. */
const INFLATE_CHUNK = 256 * 1024;
const LOCAL_HEADER = { signature: 0x04034b50, size: 30 } as const;

/** Real exports have some thousands of files. */
const MOST_ENTRIES = 200_000;
/** Text shrinks to a tenth; what claims to shrink to less than this is made to fill memory or time. */
const BOMB = { size: 64 * 2 ** 20, ratio: 250 } as const;

/** Whether bytes begin as a ZIP does. */
export function isZip(source: ByteSource): boolean {
  if (source.size < 4) return false;
  const [p, k, three, four] = source.read(0, 4);
  return p === 0x50 && k === 0x4b && three === 3 && four === 4;
}

/**
 * The files of a ZIP in the order of its directory.
 *
 * @throws {ReadError} When the directory is cut off or damaged.
 */
export async function readZip(source: ByteSource): Promise<ZipEntry[]> {
  const reader = new ZipReader(new SourceReader(source), {
    useWebWorkers: false,
    // Nothing is written to disk; what is odd about a path is told below.
    filenameValidation: "tolerant",
  });
  const entries: Entry[] = [];
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (!entry.directory) entries.push(entry);
      if (entries.length > MOST_ENTRIES) {
        throw new RangeError("too many entries");
      }
    }
  } catch (error) {
    throw new ReadError(directoryFault(error), { cause: error });
  }
  const overlapping = overlaps(entries);
  return entries.map((entry) =>
    zipEntry(source, entry, faultOf(entry, overlapping))
  );
}

/** Why an entry must not be unpacked, if it must not. */
function faultOf(
  entry: Entry,
  overlapping: ReadonlySet<Entry>,
): string | undefined {
  const { uncompressedSize: size, compressedSize: packed } = entry;
  if (entry.symlink) return "it is a link";
  if (overlapping.has(entry)) return "it overlaps with another file";
  if (size > BOMB.size && size > packed * BOMB.ratio) {
    return `it claims to unpack to ${
      Math.round(size / Math.max(1, packed))
    } times its size`;
  }
  return pathFault(entry.filename.replaceAll("\\", "/"));
}

/** The entries that share bytes with another, as no packer makes them. */
function overlaps(entries: readonly Entry[]): Set<Entry> {
  const found = new Set<Entry>();
  let last: Entry | undefined;
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.offset - b.offset)) {
    if (last !== undefined && entry.offset < end) found.add(last).add(entry);
    const behind = entry.offset + LOCAL_HEADER.size + entry.compressedSize;
    if (behind >= end) [last, end] = [entry, behind];
  }
  return found;
}

class SourceReader extends Reader<ByteSource> {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    super(source);
    this.#source = source;
    this.size = source.size;
  }

  override readUint8Array(index: number, length: number): Promise<Uint8Array> {
    const available = Math.max(0, Math.min(length, this.size - index));
    return Promise.resolve(this.#source.read(index, available));
  }
}

function zipEntry(
  source: ByteSource,
  entry: Entry,
  refused: string | undefined,
): ZipEntry {
  const plain = !entry.encrypted && entry.compressionMethod === METHOD.stored &&
    entry.compressedSize === entry.uncompressedSize;
  return {
    path: entry.filename.replaceAll("\\", "/"),
    size: entry.uncompressedSize,
    ...(refused !== undefined && { refused }),
    stored: () => plain ? packedBytes(source, entry) : undefined,
    chunks: () => unpack(source, entry),
  };
}

async function* unpack(
  source: ByteSource,
  entry: Entry,
): AsyncGenerator<Uint8Array> {
  if (entry.encrypted) throw new ReadError("entry is encrypted");
  const { compressionMethod: method, uncompressedSize: size } = entry;
  if (method !== METHOD.stored && method !== METHOD.deflated) {
    throw new ReadError(`entry is compressed by unknown method ${method}`);
  }
  const packed = chunksOf(packedBytes(source, entry));
  let read = 0;
  let sum = 0;
  try {
    for await (
      const chunk of method === METHOD.stored ? packed : inflate(packed)
    ) {
      read += chunk.length;
      // What a bomb unpacks to is bounded by what it admits to.
      if (read > size) {
        throw new ReadError(`entry holds more than its declared ${size} bytes`);
      }
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ReadError) throw error;
    throw new ReadError(`entry is damaged after byte ${read}`, {
      cause: error,
    });
  }
  if (read < size) {
    throw new ReadError(`entry ends after ${read} of ${size} bytes`);
  }
  if (entry.crc32 !== undefined && entry.crc32 >>> 0 !== sum >>> 0) {
    throw new ReadError("entry's checksum (CRC-32) does not match");
  }
}

function inflate(
  packed: Iterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const inflater = createInflateRaw({ chunkSize: INFLATE_CHUNK });
  // The callback may stay empty: an error of either end also ends the iteration of the inflater.
  pipeline(Readable.from(packed), inflater, () => {});
  return inflater;
}

/** The bytes of an entry behind its local header, whose length only the header itself tells. */
function packedBytes(source: ByteSource, entry: Entry): ByteSource {
  try {
    const header = source.read(entry.offset, LOCAL_HEADER.size);
    const view = new DataView(header.buffer, header.byteOffset, header.length);
    if (view.getUint32(0, true) !== LOCAL_HEADER.signature) {
      throw new ReadError("its header is damaged");
    }
    const start = entry.offset + LOCAL_HEADER.size +
      view.getUint16(26, true) + view.getUint16(28, true);
    return rangeOf(source, start, entry.compressedSize);
  } catch (error) {
    throw new ReadError(`entry cannot be found: ${reason(error)}`, {
      cause: error,
    });
  }
}

/** What is wrong with a directory, in words; zip.js names its errors by these messages. */
function directoryFault(error: unknown): string {
  const message = reason(error);
  if (error instanceof RangeError) return message;
  if (/split zip/i.test(message)) return "archive is one part of several";
  if (/encrypted/i.test(message)) return "central directory is encrypted";
  if (/not found|not recognized/i.test(message) || error instanceof ReadError) {
    return "central directory is truncated";
  }
  return "central directory is damaged";
}
