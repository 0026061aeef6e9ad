/** The addresses of the API, relative to a library's own. */

/** @param fields - those that are undefined are left out. */
export function queryPath(call: string, fields: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) query.set(name, String(value));
  const text = query.toString();
  return text === '' ? `/api/${call}` : `/api/${call}?${text}`;
}

/** With one of the fields in the path. */
export function filledPath(call: string, inPath: string, fields: object): string {
  const { [inPath]: value, ...rest } = fields as { readonly [name: string]: unknown };
  return queryPath(`${call}/${encodeURIComponent(String(value))}`, rest);
}
