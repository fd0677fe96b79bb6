/** Bytes that can be read from any position: a file, a range of one, or memory. @module */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** Bytes that cannot be read, or are not those that once were written. */
export class ReadError extends Error {
  override readonly name = "ReadError";
}

/** Bytes of a known number, read from any position. */
export interface ByteSource {
  readonly size: number;
  /**
   * The bytes from `position` on, in memory of their own.
   *
   * @throws {ReadError} When there are fewer than `length`.
   */
  read(position: number, length: number): Uint8Array<ArrayBuffer>;
}

/** A file opened for reading; closed when it goes out of scope. */
export interface FileSource extends ByteSource, Disposable {
  /** All bytes in chunks, each in the same memory: it is valid only until the next is asked for. */
  passing(chunkSize?: number): Generator<Uint8Array>;
}

/** Larger ones fall out of the processor's caches. */
const CHUNK = 64 * 1024;

/** Opens a file. Reading is synchronous, since a thread hop costs more than a read of 64 KiB from the cache. */
export function openFile(path: string): FileSource {
  const file = openSync(path, "r");
  let open = true;
  const fill = (bytes: Uint8Array, position: number) => {
    for (let filled = 0; filled < bytes.length;) {
      const count = readSync(file, bytes, {
        offset: filled,
        length: bytes.length - filled,
        position: position + filled,
      });
      if (count === 0) throw outOfBounds(position, bytes.length);
      filled += count;
    }
  };
  const { size } = fstatSync(file);
  return {
    size,
    read(position, length) {
      const bytes = new Uint8Array(length);
      fill(bytes, position);
      return bytes;
    },
    *passing(chunkSize = CHUNK) {
      const memory = new Uint8Array(Math.min(chunkSize, size));
      for (let at = 0; at < size; at += memory.length) {
        const chunk = memory.subarray(0, Math.min(memory.length, size - at));
        fill(chunk, at);
        yield chunk;
      }
    },
    [Symbol.dispose]() {
      if (open) closeSync(file);
      open = false;
    },
  };
}

/** A range of another source. */
export function rangeOf(
  source: ByteSource,
  start: number,
  size: number,
): ByteSource {
  if (start < 0 || size < 0 || start + size > source.size) {
    throw outOfBounds(start, size);
  }
  return {
    size,
    read(position, length) {
      if (position < 0 || position + length > size) {
        throw outOfBounds(position, length);
      }
      return source.read(start + position, length);
    },
  };
}

/** Bytes held in memory. */
export function memorySource(
  bytes: Uint8Array<ArrayBuffer>,
): ByteSource {
  return {
    size: bytes.length,
    read(position, length) {
      if (position < 0 || position + length > bytes.length) {
        throw outOfBounds(position, length);
      }
      return bytes.subarray(position, position + length);
    },
  };
}

/** All bytes of a source, in chunks that keep their memory. */
export function* chunksOf(
  source: ByteSource,
  chunkSize: number = CHUNK,
): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < source.size; at += chunkSize) {
    yield source.read(at, Math.min(chunkSize, source.size - at));
  }
}

function outOfBounds(position: number, length: number): ReadError {
  return new ReadError(
    `bytes ${position} to ${position + length} lie beyond the end`,
  );
}
