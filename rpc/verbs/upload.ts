/**
 * `upload`: announces a file that is available, or that this reader has brought here before, and hands out the
 * torrent to seed with. (Bytes or a torrent come in by rpc/verbs/upload-form.ts.)
 */
import { file, upload as uploadOf } from '../../chain/queries.ts';
import { encodeChecked } from '../../chain/signing.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Answer } from '../answer.ts';
import { admitClaim, type Claim, claimOf } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import type { Described } from '../ports.ts';
import type { Fields } from '../schemas.ts';
import { answerTorrent } from './torrent.ts';

export async function upload(context: RpcContext, fields: Fields<'upload'>): Promise<Verdict<Answer>> {
  const claim = claimOf('upload', fields);
  // Before anything is looked up: the answer to a stranger must not depend on who is uploading what.
  const admitted = await admitClaim(context, claim);
  if (admitted.kind !== 'accept') return admitted;
  const view = context.ports.ledger.view();
  const available = file(view, claim.hash);
  if (available?.takenDown === true) return reject('file.taken-down');
  const announced = uploadOf(view, claim.hash, claim.key);
  if (announced !== undefined) return answerTorrent(context, claim, fields.format, announced.name);
  const described = available ?? (await context.ports.torrents.known(claim.hash, claim.key));
  if (described === undefined) return reject('torrent.unknown');
  const done = await announce(context, claim, described);
  return done.kind === 'accept' ? answerTorrent(context, claim, fields.format, described.name) : done;
}

/** Puts the upload on the ledger, sponsored by this library; a repeat is done already. The claim has been admitted. */
export async function announce(context: RpcContext, claim: Claim, described: Described): Promise<Verdict> {
  const { ledger, sponsor } = context.ports;
  const { key, signature, expires } = claim;
  const { hash, size, name, infoHashes } = described;
  const verdict = await ledger.submit(
    encodeChecked(sponsor.upload({ hash, size, name, infoHashes, key, signature, expires })),
  );
  if (verdict.kind === 'accept') return accept();
  if (verdict.kind === 'reject') return verdict;
  return uploadOf(ledger.view(), claim.hash, claim.key) === undefined ? verdict : accept();
}
