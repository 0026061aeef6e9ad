/** Requests that were right once, and what happened to them; for any library, tiny or real. */
import fc from 'fast-check';
import { bookOf, chainOf, downloadFields, type OnChain, uploadFields } from './calls.ts';
import { walletOf } from './tiny-library.ts';

export type Sent = { readonly path: string; readonly init: RequestInit };

const rich = walletOf('rich');
const book = bookOf('book.txt');

export function mutatedRequests(library: OnChain): fc.Arbitrary<Sent> {
  const good: { call: string; fields: Record<string, unknown> }[] = [
    { call: 'register', fields: { public_key: rich.publicKey } },
    { call: 'account', fields: { public_key: rich.publicKey } },
    { call: 'search', fields: { query: 'book', limit: 5 } },
    { call: 'file', fields: { hash: book.hash } },
    { call: 'download', fields: { ...downloadFields(library, walletOf('richer'), book.hash), format: 'v1' } },
    { call: 'upload', fields: uploadFields(library, rich, book.hash) },
    { call: 'proof', fields: { ...downloadFields(library, rich, book.hash), from: 1 } },
    { call: 'inclusion', fields: { transaction: book.hash, height: 1, from: 0 } },
    { call: 'status', fields: {} },
  ];
  const value = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.integer(), fc.jsonValue());
  const strange = fc.oneof(
    value,
    fc.constantFrom('', null, true, {}, [], '0'.repeat(64), 'F'.repeat(64), -1, 1e300, '\u0000', '../..'),
  );
  const call = fc.constantFrom(...good);
  const change = fc.record({ name: fc.oneof(fc.nat(5), fc.string()), value: strange });
  const mutated = fc
    .tuple(call, fc.array(change, { maxLength: 2 }), fc.boolean())
    .map(([{ call, fields }, changes, drop]) => {
      const names = Object.keys(fields);
      const result: Record<string, unknown> = { ...fields };
      for (const { name, value } of changes)
        result[typeof name === 'number' ? (names[name] ?? 'more') : name] = value;
      if (drop && names.length > 0) delete result[names[0]!];
      return { call, fields: result };
    });
  const byQuery = mutated.map(({ call, fields }) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) query.append(name, String(value));
    return { path: `/api/${call}?${query}`, init: {} };
  });
  const body = fc.oneof(
    mutated.map(({ fields }) => JSON.stringify(fields)),
    fc.json(),
    fc.string(),
    fc.uint8Array({ maxLength: 200 }),
  );
  const type = fc.oneof(
    { arbitrary: fc.constant('application/json'), weight: 5 },
    fc.constantFrom('text/plain', 'multipart/form-data; boundary=b'),
  );
  const byBody = fc.tuple(call, body, type).map(([{ call }, sent, type]) => ({
    path: `/api/${call}`,
    init: { method: 'POST', headers: { 'content-type': type }, body: sent },
  }));
  const message = fc.oneof(
    mutated.map(({ call, fields }) => ({
      jsonrpc: '2.0',
      id: 1,
      method: `library_v1_${call}`,
      params: fields,
    })),
    fc.record({ jsonrpc: strange, id: strange, method: strange, params: strange }, { requiredKeys: [] }),
    strange,
  );
  const byRpc = fc.oneof(message, fc.array(message, { maxLength: 4 })).map((sent) => ({
    path: '/rpc',
    init: { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(sent) },
  }));
  const byPath = fc.webPath().map((path) => ({ path: `/${path}`.replace(/^\/+/, '/'), init: {} }));
  return fc.oneof(byQuery, byBody, byRpc, byPath, forms(library));
}

/** A multipart body with a piece replaced, removed or doubled. */
function forms(library: OnChain): fc.Arbitrary<Sent> {
  const signed_hash = rich.signUpload(chainOf(library), book.hash);
  const field = (name: string, value: string) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const good = [
    field('public_key', rich.publicKey),
    field('hash', book.hash),
    field('signed_hash', signed_hash),
    '--b\r\nContent-Disposition: form-data; name="file"; filename="book.txt"\r\n\r\ncontent of book.txt\r\n--b--\r\n',
  ].join('');
  return fc
    .tuple(fc.nat(good.length), fc.nat(60), fc.string({ unit: 'binary', maxLength: 20 }))
    .map(([at, length, put]) => ({
      path: '/api/upload',
      init: {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
        body: good.slice(0, at) + put + good.slice(at + length),
      },
    }));
}
