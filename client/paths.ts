/** The addresses of the reader's API (protocol.md), relative to a library's own. */

type Fields = { readonly [name: string]: string | number | undefined };

/** @param fields - those that are undefined are left out. */
export function queryPath(call: string, fields: Fields): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, String(value));
  return `/api/${call}?${query}`;
}

/** @param hash - 64 hex characters. */
export function filePath(hash: string): string {
  return `/api/file/${encodeURIComponent(hash)}`;
}
