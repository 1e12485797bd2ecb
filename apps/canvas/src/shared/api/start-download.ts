/** Downloads an address through the browser: an error is a failed download and never replaces this page. */
export function startDownload(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}
