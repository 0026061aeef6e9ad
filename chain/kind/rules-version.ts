/**
 * Of the rules in this folder: the newest version that this program knows. No rule asks for it; each asks for the version of
 * the block (`RuleContext`), so that an old block is judged for ever as it was.
 */
export const RULES_VERSION = 1;
/** Those that every chain begins with. */
export const GENESIS_RULES = 1;
