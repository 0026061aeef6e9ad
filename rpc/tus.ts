/**
 * Uploads that resume, as tus 1.0.0 has them (https://tus.io/protocols/resumable-upload, with the extensions creation,
 * creation-with-upload, termination and expiration). The address of an upload is what lets one go on with it: whoever has
 * it needs no signature. What becomes of the bytes: node/content/uploads/resumables.ts. Why no library: docs/decisions/
 * docs/decisions/uploads-and-rights.md.
 */
import { PassThrough } from 'node:stream';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { parameters } from '../chain/queries.ts';
import { limits } from '../core/limits.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { mayBring } from './calls/upload.ts';
import { served } from './calls.ts';
import type { RpcContext, RpcServices } from './context.ts';
import { TUS_LOOK_COST, TUS_PATCH_COST, TUS_SMALL_PATCH_COST } from './costs.ts';
import { answerTusPreflight } from './headers.ts';
import { mayBeForeign } from './page.ts';
import { sendProblem } from './respond.ts';
import { hasPaid } from './right.ts';
import { metadataFields, metadataOf, numberIn } from './tus-headers.ts';
import type { Resumable } from './upload-ports.ts';
import { watchUpload } from './upload-watch.ts';

const VERSION = '1.0.0';
const OCTETS = 'application/offset+octet-stream';

/** @param callOf - of a request. */
export function tusRoutes(services: RpcServices, callOf: (request: Request) => RpcContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use((request, response, next) => {
    response.setHeader('Tus-Resumable', VERSION);
    if (request.method === 'OPTIONS') tellWhatIsSpoken(services, response);
    next();
  });
  router.use(answerTusPreflight);
  router.use((request, response, next) => {
    if (request.headers['tus-resumable'] === VERSION) return next();
    response.setHeader('Tus-Version', VERSION);
    return sendProblem(response, { code: 'upload.wrong-version' });
  });
  router.all('/', only('POST', serve(callOf, create)));
  router.all('/:id', serve(callOf, go));
  return router;
}

type Handler = (context: RpcContext, request: Request, response: Response) => Promise<Verdict>;

/** The handler has answered when it accepts. */
function serve(callOf: (request: Request) => RpcContext, handler: Handler): RequestHandler {
  return async (request, response) => {
    const verdict = await handler(callOf(request), request, response);
    if (verdict.kind !== 'accept') sendProblem(response, verdict);
  };
}

function only(method: string, handler: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (request.method === method) return handler(request, response, next);
    response.setHeader('Allow', `${method}, OPTIONS`);
    return sendProblem(response, { code: 'request.method-not-allowed' });
  };
}

function tellWhatIsSpoken({ ports }: RpcServices, response: Response): void {
  const most = Math.min(limits.uploadBytesMax, Number(parameters(ports.ledger.view()).fileBytesMax));
  response.setHeader('Tus-Version', VERSION);
  response.setHeader('Tus-Extension', 'creation,creation-with-upload,termination,expiration');
  response.setHeader('Tus-Max-Size', most);
}

const begin = served.find(({ name }) => name === 'upload-begin')!;

async function create(context: RpcContext, request: Request, response: Response): Promise<Verdict> {
  const paid = context.pay(begin.cost({}));
  if (paid.kind !== 'accept') return paid;
  const size = numberIn(request.headers['upload-length']);
  if (size === undefined) return reject('request.missing-field', 'Upload-Length is missing, or no number.');
  if (size > limits.uploadBytesMax) return reject('request.too-long');
  const fields = metadataFields(request.headers['upload-metadata'], size);
  if (fields.kind !== 'accept') return fields;
  const begun = await begin.run(context, fields.value);
  if (begun.kind !== 'accept') return begun;
  const { url } = (begun.value as { value: { url: string } }).value;
  const id = url.slice(url.lastIndexOf('/') + 1);
  const upload = context.ports.resumables.get(id);
  if (upload === undefined) return reject('upload.gone');
  // From the address that was asked for on, whichever name and path a proxy has given it.
  const path = new URL(request.originalUrl, 'http://library').pathname;
  response.setHeader('Location', path.endsWith('/') ? id : `uploads/${id}`);
  const brings = request.headers['content-type'] === OCTETS && upload.offset === 0;
  const brought = brings ? await bring(context, request, upload) : accept(upload);
  if (brought.kind !== 'accept') return brought;
  tell(response, brought.value);
  response.statusCode = 201;
  response.setHeader('Content-Length', 0);
  response.end();
  return accept();
}

async function go(context: RpcContext, request: Request, response: Response): Promise<Verdict> {
  const override = request.method === 'POST' ? request.headers['x-http-method-override'] : undefined;
  const method = typeof override === 'string' ? override : request.method;
  const paid = context.pay(method === 'PATCH' ? TUS_PATCH_COST : TUS_LOOK_COST);
  if (paid.kind !== 'accept') return paid;
  if (context.ports.node.closed()) return reject('node.not-ready');
  const handler = METHODS[method];
  if (handler === undefined) {
    response.setHeader('Allow', 'HEAD, PATCH, DELETE, OPTIONS');
    return reject('request.method-not-allowed');
  }
  const upload = context.ports.resumables.get(String(request.params.id));
  return upload === undefined ? reject('upload.gone') : handler(context, request, response, upload);
}

type Going = (
  context: RpcContext,
  request: Request,
  response: Response,
  upload: Resumable,
) => Promise<Verdict>;

const METHODS: { readonly [method: string]: Going | undefined } = {
  async HEAD(_context, _request, response, upload) {
    // Whoever hears that all is here takes it for done.
    if (upload.isRead) return reject('upload.locked');
    tell(response, upload);
    response.setHeader('Upload-Length', upload.size);
    response.setHeader('Upload-Metadata', metadataOf(upload.claim));
    response.statusCode = 200;
    response.end();
    return accept();
  },

  async PATCH(context, request, response, upload) {
    if (request.headers['content-type'] !== OCTETS) {
      return reject('request.wrong-content-type', `Send ${OCTETS}.`);
    }
    const offset = numberIn(request.headers['upload-offset']);
    if (offset === undefined)
      return reject('request.missing-field', 'Upload-Offset is missing, or no number.');
    if (offset !== upload.offset) return reject('upload.wrong-offset');
    const length = numberIn(request.headers['content-length']) ?? 0;
    if (length > upload.size - offset) return reject('request.too-long', 'More than the upload has left.');
    const brought = await bring(context, request, upload);
    if (brought.kind !== 'accept') return brought;
    tell(response, brought.value);
    response.statusCode = 204;
    response.end();
    return accept();
  },

  async DELETE(context, _request, response, { id }) {
    const ended = await context.ports.resumables.end(id);
    if (ended.kind !== 'accept') return ended;
    response.statusCode = 204;
    response.end();
    return accept();
  },
};

function tell(response: Response, { offset, until, isDone }: Resumable): void {
  response.setHeader('Upload-Offset', offset);
  if (!isDone) response.setHeader('Upload-Expires', new Date(until).toUTCString());
}

/** The body of a request, into the upload, in a place as a form has one. */
async function bring(context: RpcContext, request: Request, upload: Resumable): Promise<Verdict<Resumable>> {
  const { ports, from, caller } = context;
  const { id, claim, offset, isDone } = upload;
  if (isDone) return accept(upload);
  if (claim.expires !== undefined && claim.expires * 1_000 < ports.clock.now()) {
    return reject(
      'request.expired',
      'The signature of this upload has lapsed: begin it again with a new one.',
    );
  }
  const open = mayBring(context, { ...claim, action: 'upload' }, true);
  if (open.kind !== 'accept') return open;
  const { body, isTooFine } = bodyOf(request);
  const watched = watchUpload(body, ports.clock);
  const gone = new AbortController();
  request.socket.once('close', () => gone.abort());
  const paid = hasPaid(ports.ledger.view(), claim.key);
  const uploader = { key: claim.key, from, byPage: mayBeForeign(caller), paid };
  const leave = await context.uploads.take(uploader, watched, gone.signal);
  if (leave === undefined) return reject('upload.too-many');
  try {
    const taken = await ports.resumables.append(id, offset, watched);
    if (taken.kind !== 'accept') return taken;
    const { upload: after, outcome } = taken.value;
    const isSmall = after.offset - offset < limits.uploadWindowBytesMin && after.offset < after.size;
    if (isSmall) context.charge(TUS_SMALL_PATCH_COST);
    const standing = await outcome?.();
    if (standing?.state !== 'refused' || standing.code === undefined) return accept(after);
    return reject(standing.code, standing.reason);
  } catch (error) {
    if (isTooFine()) return reject('request.too-long', 'The body comes in too many pieces.');
    if (watched.tooSlow()) return reject('upload.too-slow');
    if (body.errored === null) throw error;
    return reject('request.malformed', 'The upload broke off.');
  } finally {
    watched.end();
    leave();
    request.unpipe(body);
    body.destroy();
  }
}

/** That can end without the connection ending; in chunks of a byte it is cut off, as in a form. */
function bodyOf(request: Request): { body: PassThrough; isTooFine(): boolean } {
  const body = new PassThrough();
  body.on('error', () => undefined); // whoever reads it hears of it
  let [pieces, bytes, tooFine] = [0, 0, false];
  request.on('data', (chunk: Buffer) => {
    pieces += 1;
    bytes += chunk.length;
    if (pieces <= limits.bodyPiecesMax || bytes >= pieces * limits.formPieceBytesMin) return;
    tooFine = true;
    body.destroy(new Error('in too many pieces'));
  });
  const brokenOff = (): void => {
    if (!request.complete) body.destroy(new Error('the sender broke off'));
  };
  request.on('close', brokenOff).on('error', brokenOff);
  request.pipe(body);
  return { body, isTooFine: () => tooFine };
}
