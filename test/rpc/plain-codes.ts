/** Codes that are kept in a set: each is one key's while a call of it is under way. */
import type { ReaderCodes } from '../../rpc/reader-codes.ts';

/** @param codes - those that are good; what is used up goes. @param spent - is told how many are under way. */
export function plainCodes(codes: Set<string>, spent = (_: number): void => {}): ReaderCodes {
  let underWay = 0;
  return {
    async spend(code) {
      if (!codes.delete(code)) return undefined;
      underWay += 1;
      spent(underWay);
      return {
        async settle(verdict) {
          underWay -= 1;
          const isBack =
            verdict.kind === 'ignore' ||
            (verdict.kind === 'reject' && verdict.code !== 'node.finality-timeout');
          if (isBack) codes.add(code);
        },
      };
    },
  };
}
