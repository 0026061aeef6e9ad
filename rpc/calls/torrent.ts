/** The end of download and upload: the torrent, with the passes of one reader in it. */
import { file } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { Claim } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import type { TorrentFormat } from '../ports.ts';

/** @param name - of the file, when the ledger does not know it as available yet. */
export async function answerTorrent(
  { ports }: RpcContext,
  claim: Claim,
  format: TorrentFormat,
  name?: string,
): Promise<Verdict<AnswerTo<'download'>>> {
  const torrent = await ports.torrents.torrent(claim.hash, claim.key, format);
  if (torrent.kind !== 'accept') return torrent;
  const known = file(ports.ledger.view(), claim.hash)?.name ?? name ?? toHex(claim.hash);
  return accept({ kind: 'torrent', bytes: torrent.value, filename: `${known}.torrent` });
}
