/**
 * Wrong rules, each a few characters of chain/ away from the right one: what others have shipped, what an attack has
 * made use of, and what a tidy hand may one day take for superfluous.
 */
import type { Edit } from '../sim/bugs/plant.ts';

export type Bug = {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Histories of chance in which it must be found, or by those of directed.ts; HISTORIES_MAX where it is not said. */
  readonly within?: number | 'directed';
};

/** Unless a bug says otherwise. */
export const HISTORIES_MAX = 500;

const bug = (name: string, file: string, from: string, to: string, within?: Bug['within']): Bug => ({
  name,
  edits: [{ file: `chain/${file}.ts`, from, to }],
  ...(within === undefined ? {} : { within }),
});

export const BUGS: readonly Bug[] = [
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

  // uploads and attestations
  bug(
    'an attestation is not taken back by the next one',
    'files/attest',
    'known.attestations.filter((one) => one !== before)',
    'known.attestations',
  ),
  bug(
    'a word of before takes the place of the later one',
    'files/attest',
    'before !== undefined && expires < before.expires',
    'false',
  ),
  bug(
    'what a member said first counts',
    'files/attest',
    'before !== undefined && isOf(before)',
    'before !== undefined',
  ),
  bug(
    'libraries that have left still attest',
    'files/attest',
    '.filter((one) => isMember(view, one.node))',
    '',
  ),
  bug('attestations of another upload count', 'files/attest', 'attestations.filter(isOf)', 'attestations'),
  bug('another size is the same upload', 'files/files', 'a.size === b.size &&', ''),
  bug('another name is the same upload', 'files/files', 'a.name === b.name &&', ''),
  bug(
    'other info hashes are the same upload',
    'files/files',
    'a.infoHashes.every((infoHash, index) => equalBytes(infoHash, b.infoHashes[index]!))',
    'true',
  ),
  bug('the upload of another reader is the same', 'files/files', 'equalBytes(a.key, b.key) &&', ''),
  bug(
    'who sponsors a key first holds its place',
    'files/upload',
    'saysTheSame(one, transaction)',
    'equalBytes(one.key, key)',
  ),
  bug(
    'a false upload holds the place of its hash',
    'files/upload',
    'known.pending.some((one) => equalBytes(one.sponsor, sponsor))',
    'known.pending.length > 0',
  ),
  bug(
    'what was said of an upload that is over counts for the next of its sponsor',
    'files/files',
    '.filter((one) => uploader !== null || pending.some(({ sponsor }) => equalBytes(sponsor, one.sponsor)))',
    '',
  ),
  bug(
    'one attestation fewer is enough',
    'files/attest',
    '>= parameters(view).attestations',
    '>= parameters(view).attestations - 1',
  ),
  bug(
    'a stranger attests',
    'files/attest',
    "if (!isMember(view, node)) return reject('member.unknown');",
    '',
  ),
  bug(
    'a file that was taken down is attested',
    'files/attest',
    "if (file?.takenDown) return reject('file.taken-down');",
    '',
  ),
  bug(
    'a file is credited twice',
    'files/upload',
    'if (file?.available !== undefined) {',
    'if (file?.available !== undefined && file.available.size !== size) {',
  ),
  bug(
    'a file that was taken down is uploaded',
    'files/upload',
    "if (file?.takenDown) return reject('file.taken-down');",
    '',
  ),
  bug('a file of 64 bytes is taken', 'files/file-size', 'size === NODE_BYTES', 'size === 0n'),
  bug(
    'one sponsor brings the same book for two readers',
    'files/upload',
    'known.pending.some((one) => equalBytes(one.sponsor, sponsor))',
    'false',
  ),
  bug(
    'a cap of a day is not counted',
    'files/upload',
    'for (const { counter } of counters) addToDay',
    'for (const { counter } of []) addToDay',
  ),
  bug(
    'a cap of a day is that of all days',
    'state/day',
    'day === dayOf(time) ? BigInt(count) : 0n',
    'BigInt(count)',
  ),
  bug(
    'a cap of a day is passed by one upload',
    'files/upload',
    'context.time) + size > cap',
    'context.time) > cap',
  ),
  bug(
    'a file may be one byte too large',
    'files/upload',
    'checkFileSize(size, BigInt(parameters(view).fileBytesMax))',
    'checkFileSize(size, BigInt(parameters(view).fileBytesMax) + 1n)',
  ),
  bug(
    'a member registers one key too many',
    'accounts/register',
    'time) >= parameters(view).registrationsPerNodePerDay',
    'time) > parameters(view).registrationsPerNodePerDay',
  ),
  bug(
    'a reset leaves the tokens',
    'files/available',
    'tokens: account.tokens - taken,',
    'tokens: account.tokens,',
  ),
  bug(
    'a reset takes more than there is',
    'files/available',
    'account.tokens < size ? account.tokens : size',
    'size',
  ),
  bug(
    'a reset leaves the attestations',
    'files/available',
    'putBringing(draft, hash, { salt: undefined, uploader: undefined, pending: [], attestations: [] });',
    '',
  ),
  bug(
    'a file is reset that was never available',
    'files/available',
    'if (available === undefined || uploader === undefined || account === undefined) return undefined;',
    'if (uploader === undefined || account === undefined || available === undefined) return () => [];',
  ),
  bug('a name is always signed', 'files/upload', 'nameSigned = expires !== undefined', 'nameSigned = true'),
  bug(
    'a pending upload never ends',
    'files/files',
    '.filter(({ since }) => time <= pendingUntil(since))',
    '',
  ),
  bug(
    'the credit forgets what is locked',
    'accounts/pay',
    'one.tokens + one.locked + amount',
    'one.tokens + amount',
    2_000,
  ),

  // downloads
  bug(
    'a file that was taken down is sold',
    'files/download',
    "if (file?.takenDown) return reject('file.taken-down');",
    '',
  ),
  bug('a purchase is paid twice', 'files/download', ' || hasPurchase(view, hash, key))', ')'),
  bug(
    'the uploader pays for its own file',
    'files/download',
    '(uploader !== undefined && equalBytes(uploader, key)) || ',
    '',
  ),
  bug(
    'what is burned is not counted',
    'files/download',
    'burned: before.burned + size',
    'burned: before.burned',
  ),

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
