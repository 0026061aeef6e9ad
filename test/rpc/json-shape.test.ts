import { expect } from 'chai';
import fc from 'fast-check';
import { utf8 } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { jsonShape } from '../../rpc/json-shape.ts';
import { expectProblem, post } from './calls.ts';
import { startLibrary, type TinyLibrary } from './tiny-library.ts';

describe('the shape of a JSON text', () => {
  it('is that of its value, whatever stands in its strings (property)', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
        const value: unknown = JSON.parse(text);
        const { depth, names } = jsonShape(utf8(text));
        expect(depth).to.equal(depthOf(value));
        expect(names).to.be.at.least(namesIn(value));
      }),
    );
  });

  it('counts names in objects, and parts of everything', () => {
    const shape = jsonShape(utf8('{"a:,[{":[1,2,{"b":"\\"[,:"}],"c":[]}'));
    expect(shape).to.deep.equal({ depth: 3, names: 3, parts: 7 });
  });

  describe('at the door', () => {
    let library: TinyLibrary;
    before(async () => {
      library = await startLibrary();
    });
    after(() => library.stop());

    it('no stranger’s body stops the loop: what has too many parts is refused before objects are made of it', async () => {
      const room = limits.bodyBytesMax - 10;
      const many = (part: string): string => `[${part.repeat(Math.floor(room / part.length))}0]`;
      let fields = '{';
      for (let i = 0; fields.length < room - 20; i++) fields += `"${i}":1,`;
      for (const body of [many('0,'), many('[],'), many('{},'), many('"",'), `${fields.slice(0, -1)}}`]) {
        expect(body.length).to.be.at.most(limits.bodyBytesMax);
        await expectProblem(await post(library, '/api/file', body), 'request.too-long');
      }
    });
  });
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function namesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value);
  return inner.reduce((sum, each) => sum + namesIn(each), Array.isArray(value) ? 0 : inner.length);
}
