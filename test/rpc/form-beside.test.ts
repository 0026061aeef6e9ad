/** Forms that are more than their fields and their file: what is looked through for nothing has a bound. */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import { CHUNKED, MANY_BYTES, pushUntilClosed } from '../http/push.ts';
import { bookOf, uploadParts } from './calls.ts';
import { startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const MORE = Buffer.alloc(limits.formBesideBytesMax, 'a');

describe('a form that is longer than its fields and its file', () => {
  let library: TinyLibrary;
  beforeEach(async () => {
    library = await startLibrary();
  });
  afterEach(() => library.stop());

  function post(): ClientRequest {
    const { host, port } = library.server.address();
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    return request({ host, port, path: '/api/upload', method: 'POST', headers });
  }

  async function codeOf(posting: ClientRequest): Promise<string> {
    const [answer] = (await once(posting, 'response')) as [IncomingMessage];
    answer.setEncoding('utf8');
    let text = '';
    for await (const chunk of answer) text += chunk;
    return (JSON.parse(text) as { type: string }).type;
  }

  it('request.too-long: before its first field, however long it goes on', async () => {
    const posting = post();
    posting.on('error', () => undefined);
    const code = codeOf(posting);
    for (let i = 0; i < 3; i++) posting.write(MORE);
    expect(await code).to.equal('request.too-long');
    posting.destroy();
  });

  it('request.too-long: behind its file, and nothing of it stays', async () => {
    const book = bookOf('book.txt');
    const posting = post();
    posting.on('error', () => undefined);
    const code = codeOf(posting);
    for (const [field, value] of uploadParts(library, walletOf('rich'), book)) {
      if (typeof value !== 'string') continue;
      posting.write(`--x\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`);
    }
    posting.write(`--x\r\nContent-Disposition: form-data; name="file"; filename="${book.name}"\r\n\r\n`);
    posting.write(book.bytes);
    posting.write('\r\n--x\r\nContent-Disposition: form-data; name="more"\r\n\r\n');
    for (let i = 0; i < 3; i++) posting.write(MORE);
    expect(await code).to.equal('request.too-long');
    posting.destroy();
    expect(library.archive.open).to.equal(0);
    expect(library.archive.kept.size).to.equal(0);
  });

  for (const [code, where, behind] of [
    ['request.too-long', 'before its fields', undefined],
    ['request.malformed', 'in its file', 'file'],
  ] as const) {
    it(`${code}: in pieces of a byte, ${where}, however long it goes on`, async () => {
      const book = bookOf('book.txt');
      let form = '';
      for (const [field, value] of behind === undefined ? [] : uploadParts(library, walletOf('rich'), book)) {
        if (typeof value !== 'string') continue;
        form += `--x\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`;
      }
      if (behind !== undefined) {
        form += `--x\r\nContent-Disposition: form-data; name="${behind}"; filename="${book.name}"\r\n\r\n`;
      }
      const chunk = form === '' ? '' : `${form.length.toString(16)}\r\n${form}\r\n`;
      const type = 'Content-Type: multipart/form-data; boundary=x\r\n';
      const head = `POST /api/upload HTTP/1.1\r\nHost: localhost\r\n${type}${CHUNKED}`;
      const { port } = library.server.address();
      expect(await pushUntilClosed(port, head + chunk, MANY_BYTES)).to.include(`"${code}"`);
      expect(library.archive.open).to.equal(0);
      expect(library.archive.kept.size).to.equal(0);
    });
  }
});
