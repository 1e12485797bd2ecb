import type { ByteReader } from "./byte-reader.ts";
import { BLOCK_BYTES, type Extent } from "./tar-entry.ts";
import { binaryOrOctal, damaged, wholeNumber } from "./tar-numbers.ts";
import type { ExtendedHeader } from "./tar-records.ts";

export interface Sparse {
  extents: readonly Extent[];
  /** The size of the whole file, holes included. */
  size: number;
  /** Bytes of data that follow. */
  dataBytes: number;
}

const EXTENTS_MAX = 1_000_000;

/** Reads the sparse formats of GNU tar that use extended headers; bsdtar and Python write some of them. */
export async function sparseOf(reader: ByteReader, records: ExtendedHeader, stored: number): Promise<Sparse | null> {
  const size = records.get("GNU.sparse.realsize") ?? records.get("GNU.sparse.size");
  if (records.has("GNU.sparse.major")) {
    const version = `${records.get("GNU.sparse.major")}.${records.get("GNU.sparse.minor")}`;
    if (version !== "1.0" || !size) throw damaged(`a sparse file is in the unknown format ${version}`);
    return await readMapBeforeData(reader, wholeNumber(size, "size"), stored);
  }
  const map = records.get("GNU.sparse.map");
  const offsets = records.get("GNU.sparse.offset");
  if (!map && !offsets) return size ? checked([], wholeNumber(size, "size"), stored) : null;
  if (!size) throw damaged("a sparse file has no size");
  const numbers = map ? numbersIn(map) : interleaved(numbersIn(offsets), numbersIn(records.get("GNU.sparse.numbytes")));
  return checked(extentsOf(numbers), wholeNumber(size, "size"), stored);
}

/** Format 1.0: the map precedes the data as decimal numbers, one per line, padded to a block. */
async function readMapBeforeData(reader: ByteReader, size: number, stored: number): Promise<Sparse> {
  const numbers: number[] = [];
  let wanted = 1;
  let taken = 0;
  let line = "";
  while (numbers.length < wanted) {
    const block = await reader.take(BLOCK_BYTES);
    taken += BLOCK_BYTES;
    if (block.length < BLOCK_BYTES || taken > stored) throw damaged("the map of a sparse file is truncated");
    const lines = (line + block.toString("latin1")).split("\n");
    line = lines.pop() ?? "";
    for (const text of lines) {
      if (numbers.length === wanted) break;
      numbers.push(wholeNumber(Buffer.from(text), "map"));
      // The first line is the number of pieces.
      if (numbers.length === 1) wanted = 1 + 2 * countOf(numbers[0] ?? 0);
    }
  }
  return checked(extentsOf(numbers.slice(1)), size, stored - taken);
}

/** The oldest GNU format: four pieces in the header, and 21 in each block that follows. */
export async function oldSparseExtents(reader: ByteReader, block: Buffer): Promise<Sparse> {
  const numbers: number[] = [];
  const collect = (from: Buffer, at: number, count: number) => {
    for (let index = 0; index < count; index += 1) {
      const offset = at + 24 * index;
      if (from[offset] === 0) return;
      numbers.push(Number(binaryOrOctal(from, offset, 12)), Number(binaryOrOctal(from, offset + 12, 12)));
    }
  };
  collect(block, 386, 4);
  for (let goesOn = block[482] === 1; goesOn; ) {
    const more = await reader.take(BLOCK_BYTES);
    if (more.length < BLOCK_BYTES || numbers.length > 2 * EXTENTS_MAX) throw damaged("a data map is malformed");
    collect(more, 0, 21);
    goesOn = more[504] === 1;
  }
  const stored = Number(binaryOrOctal(block, 124, 12));
  return checked(extentsOf(numbers), Number(binaryOrOctal(block, 483, 12)), stored);
}

function countOf(count: number): number {
  if (count > EXTENTS_MAX) throw damaged("a file has too many holes");
  return count;
}

const numbersIn = (text: Buffer | undefined): number[] =>
  (text?.toString("latin1") ?? "").split(",").map((part) => wholeNumber(Buffer.from(part), "map"));

function interleaved(starts: readonly number[], lengths: readonly number[]): number[] {
  if (starts.length !== lengths.length) throw damaged("a data map is malformed");
  return starts.flatMap((start, index) => [start, lengths[index] ?? 0]);
}

function extentsOf(numbers: readonly number[]): Extent[] {
  if (numbers.length % 2 !== 0 || numbers.length > 2 * EXTENTS_MAX) throw damaged("a data map is malformed");
  const extents: Extent[] = [];
  for (let at = 0; at < numbers.length; at += 2) extents.push({ start: numbers[at] ?? 0, bytes: numbers[at + 1] ?? 0 });
  return extents;
}

/** @throws DomainError `invalid_input` unless the pieces are ordered, inside the file, and add up to the stored size. */
function checked(extents: Extent[], size: number, stored: number): Sparse {
  let end = 0;
  let dataBytes = 0;
  for (const { start, bytes } of extents) {
    if (start < end || start + bytes > size) throw damaged("a data map is malformed");
    end = start + bytes;
    dataBytes += bytes;
  }
  if (dataBytes !== stored) throw damaged("a data map does not match the data");
  return { extents: extents.filter(({ bytes }) => bytes > 0), size, dataBytes };
}
