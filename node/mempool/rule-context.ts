/** The context in which a transaction is looked at before it stands in a block: that of the next block, now. */
import { childEpoch } from '../../chain/block/block.ts';
import { childVersion } from '../../chain/block/version.ts';
import type { RuleContext } from '../../chain/kind/rule.ts';
import type { Clock } from '../../core/ports.ts';
import type { Ledger } from '../ledger/ledger.ts';

export function ruleContext(ledger: Ledger, clock: Clock): RuleContext {
  const head = ledger.head();
  const { header } = head;
  const time = Math.max(clock.now(), header.time + 1);
  return {
    chainId: ledger.chainId,
    height: header.height + 1,
    time,
    epoch: childEpoch(header),
    version: childVersion(head),
  };
}
