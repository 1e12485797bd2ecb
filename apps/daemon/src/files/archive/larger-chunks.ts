const CHUNK_BYTES = 64 * 1024;

/**
 * Joins small chunks, such as the headers of thousands of empty files, because each chunk costs one frame on the
 * connection.
 */
export async function* inLargerChunks(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    kept.push(chunk);
    bytes += chunk.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(kept);
    kept = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(kept);
}
