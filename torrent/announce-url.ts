/** An announce URL is a member's tracker address, `/announce/`, and a pass; the archive reads the address back. Pure. */

/** @param base - a member's tracker address as the ledger has it, like "http://127.0.0.1:6969". */
export function announceUrl(base: string, pass: string): string {
  return `${base.replace(/\/+$/, '')}/announce/${pass}`;
}

/** The tracker's base of an announce URL. */
export function trackerOf(url: string): string {
  return url.slice(0, url.lastIndexOf('/announce/'));
}
