/**
 * Text from elsewhere, as it may stand on a terminal: names come from the ledger, and answers from libraries that
 * nobody here runs. What a terminal would obey or hide is shown as its number.
 */

/** @returns one line without control, bidi or invisible characters. */
export function printable(text: string): string {
  return text.toWellFormed().replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;
