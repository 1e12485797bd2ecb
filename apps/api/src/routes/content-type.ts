/** Types that a browser may display; everything else is sent as bytes. */
const TYPES = new Map(
  Object.entries({
    png: "image/png",
    jpg: "image/jpeg",
    jpeg: "image/jpeg",
    gif: "image/gif",
    webp: "image/webp",
    avif: "image/avif",
    svg: "image/svg+xml",
    ico: "image/x-icon",
    pdf: "application/pdf",
    mp4: "video/mp4",
    webm: "video/webm",
    mp3: "audio/mpeg",
    wav: "audio/wav",
    txt: "text/plain; charset=utf-8",
    md: "text/plain; charset=utf-8",
    log: "text/plain; charset=utf-8",
    json: "application/json",
  }),
);

/** Chosen by file extension only; neither the server nor the browser inspects the content. */
export const contentTypeOf = (name: string): string =>
  TYPES.get(name.split(".").at(-1)?.toLowerCase() ?? "") ?? "application/octet-stream";
