/** Asks the browser to fetch an address as a file: a refusal is a failed download, never a page that replaces this one. */
export function startDownload(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}
