/**
 * A multipart upload: the claim is verified before a byte of the file is taken, the archive hashes the bytes while
 * they stream in, and nothing is kept that the ledger refuses. Source: protocol.md, "POST /api/upload".
 */
import type { Readable } from 'node:stream';
import { checkFileName } from '../../chain/file-name.ts';
import { file as fileOf } from '../../chain/queries.ts';
import type { Bytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Answer } from '../answer.ts';
import { admitClaim, type Claim, claimOf } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import type { Form, FormFile } from '../form.ts';
import { parse } from '../parse.ts';
import type { Announced, Received } from '../ports.ts';
import { type Fields, schemas } from '../schemas.ts';
import { watchUpload } from '../upload-watch.ts';
import { answerTorrent } from './torrent.ts';
import { announce } from './upload.ts';

export async function uploadForm(context: RpcContext, form: Form): Promise<Verdict<Answer>> {
  const head = await form.head;
  if ('kind' in head) return head;
  const parsed = parse(schemas.uploadForm, head.fields);
  if (parsed.kind !== 'accept') return parsed;
  const claim = claimOf('upload', parsed.value);
  const announced = announcedOf(claim, parsed.value, head.file);
  if (announced.kind !== 'accept') return announced;
  const welcome = await admitUpload(context, claim);
  if (welcome.kind !== 'accept') return welcome;

  const leave = context.uploads.take(claim.key, context.from);
  if (leave === undefined) return reject('upload.too-many');
  const received = await receiveWhole(context, form, head.file, announced.value).finally(leave);
  if (received.kind !== 'accept') return received;
  const settled = await settle(context, claim, received.value);
  if (settled.kind !== 'accept') return settled;
  return answerTorrent(context, claim, parsed.value.format, received.value.name);
}

/** Everything that can be known before the bytes come: it would be a pity about them. */
async function admitUpload(context: RpcContext, claim: Claim): Promise<Verdict> {
  const admitted = await admitClaim(context, claim);
  if (admitted.kind !== 'accept') return admitted;
  const takenDown = fileOf(context.ports.ledger.view(), claim.hash)?.takenDown === true;
  return takenDown ? reject('file.taken-down') : accept();
}

function announcedOf(claim: Claim, fields: Fields<'uploadForm'>, file: FormFile): Verdict<Announced> {
  const { hash, key } = claim;
  const { sizeHint } = file;
  // Inside a torrent stands the name already.
  const written = fields.name ?? (file.part === 'file' ? file.filename : undefined);
  if (written === undefined) {
    if (file.part === 'file')
      return reject('request.missing-field', 'name is missing, and the file has none.');
    return accept({ hash, key, name: undefined, sizeHint });
  }
  // Some systems write names decomposed (NFD): the same name, as everybody reads it.
  const name = written.isWellFormed() ? written.normalize('NFC') : written;
  const checked = checkFileName(name);
  return checked.kind === 'accept' ? accept({ hash, key, name, sizeHint }) : checked;
}

/** To the end of the form: bytes that wait for it hold their place. */
async function receiveWhole(
  context: RpcContext,
  form: Form,
  file: FormFile,
  announced: Announced,
): Promise<Verdict<Received>> {
  const received = await receive(context, file, announced);
  if (received.kind !== 'accept') return received;
  const wrong = await form.tail;
  if (wrong === undefined) return received;
  await received.value.discard();
  return wrong;
}

async function receive(
  { ports }: RpcContext,
  { part, stream }: FormFile,
  announced: Announced,
): Promise<Verdict<Received>> {
  const watched = watchUpload(stream, ports.clock);
  try {
    if (part === 'torrent') {
      const bytes = await readTorrent(watched.bytes);
      return bytes.kind === 'accept' ? await ports.archive.receiveTorrent(bytes.value, announced) : bytes;
    }
    const received = await ports.archive.receiveFile(watched.bytes, announced);
    if (!isCut(stream)) return received;
    if (received.kind === 'accept') await received.value.discard();
    return reject('request.too-long', 'The file is larger than this library takes.');
  } catch (error) {
    if (watched.tooSlow()) return reject('upload.too-slow');
    if (stream.errored === null) throw error;
    return reject('request.malformed', 'The upload broke off.');
  } finally {
    watched.end();
  }
}

async function readTorrent(stream: AsyncIterable<Bytes>): Promise<Verdict<Bytes>> {
  const chunks: Bytes[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > limits.torrentBytesMax) return reject('request.too-long', 'The torrent is too long.');
    chunks.push(chunk);
  }
  return accept(Buffer.concat(chunks));
}

/** busboy ends a file at its size limit as if that were its end, and says so here. */
function isCut(stream: Readable): boolean {
  return 'truncated' in stream && stream.truncated === true;
}

/** When it is not known whether the upload becomes final, the bytes stay: they may be needed. */
async function settle(context: RpcContext, claim: Claim, received: Received): Promise<Verdict> {
  let verdict: Verdict;
  try {
    verdict = await announce(context, claim, received);
  } catch (error) {
    await received.keep();
    throw error;
  }
  const undecided = verdict.kind === 'reject' && verdict.code === 'node.finality-timeout';
  await (verdict.kind === 'accept' || undecided ? received.keep() : received.discard());
  return verdict;
}
