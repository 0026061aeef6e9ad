/** Wrong rules of uploads, attestations and downloads. */
import { type Bug, bug } from './bug.ts';

export const BUGS_OF_FILES: readonly Bug[] = [
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
    'least(account.tokens, before.minted)',
    'before.minted',
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
    'if (available === undefined || before === undefined) return undefined;',
    'if (available === undefined || before === undefined) return () => [];',
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
    'burned: before.burned + tokens',
    'burned: before.burned',
  ),
];
