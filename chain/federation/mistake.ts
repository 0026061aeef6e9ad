/**
 * @pure What is wrong in a map that people wrote, as a sentence that begins with the path of the field, "members[0].api
 * must be …". For genesis and proposals; who decodes bytes needs no more than that they are not what they should be.
 */

/** Of what a stranger calls a field, so much is repeated. */
const NAME_CHARACTERS_MAX = 40;

/** @param where - the path of the map, "" for the whole. @returns undefined when it has exactly these fields. */
export function fieldsMistake(
  where: string,
  value: unknown,
  fields: readonly string[],
  optional: readonly string[] = [],
): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    return `${where === '' ? 'it' : where} must be a map of ${[...fields, ...optional].join(', ')}`;
  }
  const lacking = fields.find((field) => !Object.hasOwn(value, field));
  if (lacking !== undefined) return `${pathOf(where, lacking)} is missing`;
  const all = [...fields, ...optional];
  const unknown = Object.keys(value).find((name) => !all.includes(name));
  if (unknown === undefined) return undefined;
  return `${pathOf(where, shown(unknown))} is not known: the fields are ${all.join(', ')}`;
}

export function pathOf(where: string, field: string): string {
  return where === '' ? field : `${where}.${field}`;
}

function shown(name: string): string {
  if (/^[A-Za-z0-9_]{1,40}$/.test(name)) return name;
  return JSON.stringify(name.slice(0, NAME_CHARACTERS_MAX).replace(/[^\x20-\x7e]/g, '?'));
}
