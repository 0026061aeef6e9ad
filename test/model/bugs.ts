/**
 * Wrong rules, each a few characters of chain/ away from the right one: what others have shipped, what an attack has
 * made use of, and what a tidy hand may one day take for superfluous.
 */
import { type Bug, bug } from './bug.ts';
import { BUGS_OF_ECONOMY } from './bugs-economy.ts';
import { BUGS_OF_FILES } from './bugs-files.ts';

export const BUGS: readonly Bug[] = [
  ...BUGS_OF_FILES,
  ...BUGS_OF_ECONOMY,

  // life of a transaction
  bug(
    'a repeat is known by its id, with the signature',
    'transaction/seen',
    "import { onceOf } from './signing.ts';",
    "import { onceOf as textOnceOf } from './signing.ts';\nimport { encodeTransaction, transactionId } from './transaction.ts';\nconst onceOf = (chainId: Bytes, tx: Transaction): Once | undefined => {\n  const once = textOnceOf(chainId, tx);\n  return once && { ...once, hash: transactionId(encodeTransaction(tx)) };\n};",
  ),
  bug('nothing is remembered', 'transaction/rules', 'remember(draft, transaction, context);', ''),
  bug('expired in its last moment', 'transaction/seen', 'time > expires * 1_000', 'time >= expires * 1_000'),
  bug(
    'what happens once may live for ever',
    'transaction/seen',
    'once.expires * 1_000 > time + limits.transactionLifeMs',
    'false',
  ),
  bug(
    'the word of a sponsor never ends',
    'transaction/seen',
    'if (isOver(once.expires, time)) return',
    'if (false) return',
  ),
  {
    name: 'the word of a sponsor is given again',
    edits: [
      {
        file: 'chain/transaction/signing.ts',
        from: 'if (once !== undefined) return once(toHex(chainId), transaction);',
        to: 'if (once !== undefined) return undefined;',
      },
    ],
  },
  {
    name: 'an attestation is played again',
    edits: [
      {
        file: 'chain/transaction/signing.ts',
        from: "if (!('nonce' in transaction)) return undefined;",
        to: "if (!('nonce' in transaction) || transaction.kind === 'attest') return undefined;",
      },
    ],
  },

  // tokens
  bug('nothing may be paid', 'accounts/pay', "if (amount <= 0n) return reject('amount.wrong');", ''),
  bug(
    'a transfer to oneself makes tokens',
    'accounts/pay',
    "if (from.every((byte, index) => byte === to[index])) return reject('transfer.to-self');",
    '',
  ),
  bug(
    'receipts are shared by all billing keys',
    'state/keys',
    'concat(RECEIPT, billing, receipt)',
    'concat(RECEIPT, receipt)',
  ),
  bug(
    'anybody credits payments',
    'money/buy',
    "if (!hasBilling(view, billing)) return reject('role.missing');",
    '',
  ),
  bug(
    'a sale names a key without the role',
    'money/sell',
    "if (!hasBilling(view, billing)) return reject('role.missing');",
    '',
  ),
  bug('any billing key settles a sale', 'money/settle', '!equalBytes(open.value.billing, billing) || ', ''),
  bug(
    'a key settles that has lost its role',
    'money/settle',
    ' || !hasBilling(view, billing)) return',
    ') return',
  ),
  bug(
    'anybody releases a sale',
    'money/release',
    "if (!equalBytes(open.value.billing, billing)) return reject('role.missing');",
    '',
  ),
  bug(
    'anybody reclaims a sale',
    'money/reclaim',
    "if (!equalBytes(open.value.key, key)) return reject('role.missing');",
    '',
  ),
  {
    name: 'a vote of today frees the sales of yesterday',
    edits: [
      {
        file: 'chain/money/reclaim.ts',
        from: 'time < open.value.reclaimFrom',
        to: 'time < open.value.reclaimFrom && parameters(view).saleTimeoutMs > 0',
      },
      {
        file: 'chain/money/reclaim.ts',
        from: "import type { Rule } from '../kind/rule.ts';",
        to: "import { parameters } from '../federation/federation.ts';\nimport type { Rule } from '../kind/rule.ts';",
      },
    ],
  },
  bug('a closed sale is never forgotten', 'money/sale', '&& time > endOf(found.closed.at)', '&& time < 0'),
  bug(
    'a closed sale is closed again',
    'money/sale',
    'return found.closed === undefined ? accept',
    'return time > 0 ? accept',
  ),

  // governance
  bug(
    'half of the authorities decide',
    'federation/federation',
    'return count - Math.floor((count - 1) / 3);',
    'return Math.ceil(count / 2);',
  ),
  bug(
    'an authority approves twice',
    'governance/approve',
    "if (known.approvals.some((key) => equalBytes(key, authority))) return ignore('proposal.already-approved');",
    '',
  ),
  bug(
    'somebody approves who is no authority',
    'governance/approve',
    "if (!isAuthority(view, authority)) return reject('role.missing');",
    '',
  ),
  {
    name: 'approvals of an older epoch count',
    edits: [
      {
        file: 'chain/governance/proposal.ts',
        from: 'return known.epoch === at.epoch ? known : undefined;',
        to: 'return known;',
      },
      {
        file: 'chain/governance/govern.ts',
        from: 'voidOpenProposals(draft);',
        to: '',
      },
    ],
  },
  bug(
    'a proposal never expires',
    'governance/proposal',
    'known === undefined || at.time > known.expiresAt',
    'known === undefined',
  ),
  bug(
    'one proposes nine things at a time',
    'governance/propose',
    'own >= limits.proposalsOpenPerAuthorityMax',
    'own > limits.proposalsOpenPerAuthorityMax',
  ),
  bug(
    'a hundred and one proposals are open',
    'governance/propose',
    'open.length >= limits.proposalsOpenMax',
    'open.length > limits.proposalsOpenMax',
    'directed',
  ),
  bug(
    'a proposal of a block that has changed the set belongs to the old one',
    'governance/proposal',
    '.since === height ? epoch + 1 : epoch',
    '.since === height ? epoch : epoch',
  ),
  bug(
    'the authorities change twice in a block',
    'governance/govern',
    "if (current.since === height) return refuse('this block has changed the authorities already');",
    '',
    2_000,
  ),
  bug(
    'an authority is elected that nobody has heard of',
    'governance/govern',
    "if (!newKeys.every((key) => includes(seated, key))) return refuse('a new authority has not taken its seat');",
    '',
  ),
  bug(
    'a seat serves in every epoch',
    'governance/govern',
    "if (seats.some(({ epoch }) => epoch !== context.epoch)) return refuse('a seat of another epoch');",
    '',
  ),
  bug(
    'a seat serves for ever',
    'governance/govern',
    "if (seats.some(({ expires }) => time > expires * 1_000)) return refuse('a seat has expired');",
    '',
  ),
  bug(
    'a stranger becomes an authority',
    'governance/govern',
    "if (!keys.every((key) => federation.isMember(view, key))) return refuse('an authority must be a member');",
    '',
  ),
  bug(
    'an authority is sent away',
    'governance/govern',
    "if (federation.isAuthority(view, key)) return refuse('it is an authority');",
    '',
  ),
  bug(
    'too few libraries are left to attest',
    'governance/govern',
    'federation.parameters(view).attestations >= members.length',
    'false',
  ),
  bug(
    'more libraries than there are',
    'governance/govern',
    'members.length >= limits.membersMax',
    'false',
    'directed',
  ),
  bug(
    'a member with a key that is none',
    'governance/govern',
    "if (!isAcceptableKey(key)) return refuse('the key is not acceptable');",
    '',
  ),
  bug(
    'an upgrade takes everybody by surprise',
    'governance/govern',
    'version > context.version ? federation.parameters(view).upgradeNoticeBlocks : 1',
    '1',
  ),
  bug(
    'a role for somebody who is not registered',
    'governance/govern',
    "if (account(view, action.key) === undefined) return refuse('the key is not registered');",
    '',
  ),

  // what leaves the state
  bug('the queues take what is not over', 'state/due', 'if (time <= due) break;', ''),
];
