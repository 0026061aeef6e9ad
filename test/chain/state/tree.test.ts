/** The state tree and its proofs: independent of history, and not to be fooled. */
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeProof, encodeProof, prove, verifyProof } from '../../../chain/state/proof.ts';
import { DEPTH_MAX, updateTree, updateTreeInSteps } from '../../../chain/state/tree.ts';
import { type Bytes, toHex, utf8 } from '../../../core/bytes.ts';
import { sha256 } from '../../../core/hash.ts';
import type { Hash32 } from '../../../core/scalars.ts';
import { golden } from '../../golden.ts';

/** A tree with its history, stored as a node would: stale pages are gone at once. */
class Grove {
  readonly values = new Map<string, Bytes>();
  readonly pages = new Map<string, Bytes>();
  version = -1;
  root: Hash32 = new Uint8Array(32);
  #kept = false;

  /** @param changes - text to text; undefined deletes. */
  grow(changes: Readonly<Record<string, string | undefined>>): void {
    const writes = Object.entries(changes)
      .map(([key, value]) => ({ key: utf8(key), value: value === undefined ? undefined : utf8(value) }))
      .filter(({ key, value }) => value !== undefined || this.values.has(toHex(key)));
    this.version++;
    this.#kept = this.version > 0 && writes.length === 0;
    const tree = { node: (key: Bytes) => this.pages.get(toHex(key)) };
    const grown = updateTree(tree, this.version, writes);
    for (const { key, value } of writes) {
      if (value === undefined) this.values.delete(toHex(key));
      else this.values.set(toHex(key), value);
    }
    for (const key of grown.writes.stale) expect(this.pages.delete(toHex(key))).to.equal(true);
    for (const [key, page] of grown.writes.put) this.pages.set(toHex(key), page);
    this.root = grown.root;
  }

  get sizes(): readonly number[] {
    return [...this.pages.values()].map((page) => page.length);
  }

  /** Did the last version change nothing? */
  get isKept(): boolean {
    return this.#kept;
  }

  proof(key: string) {
    const header = { height: this.version } as Parameters<typeof prove>[0]['header'];
    const view = { get: (bytes: Bytes) => this.values.get(toHex(bytes)) };
    const tree = { node: (bytes: Bytes) => this.pages.get(toHex(bytes)) };
    return prove({ header, view, tree }, utf8(key));
  }
}

const NAMES = Array.from({ length: 60 }, (_, i) => `key ${i}`);
const changes = fc.dictionary(
  fc.constantFrom(...NAMES),
  fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined, freq: 3 }),
  { maxKeys: 30 },
);

describe('state tree', () => {
  it('has a root that depends on its entries alone, and keeps no page too many', () => {
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 6 }), (history) => {
        const grown = new Grove();
        for (const step of history) grown.grow(step);
        const scratch = new Grove();
        const left = Object.assign({}, ...history) as Record<string, string | undefined>;
        scratch.grow(left);
        expect(toHex(grown.root)).to.equal(toHex(scratch.root));
        expect(grown.sizes.length).to.equal(scratch.pages.size + Number(grown.isKept));
        expect(grown.sizes.filter((size) => size === 6).length).to.equal(Number(grown.isKept));
      }),
      { numRuns: 500 },
    );
  });

  it('changes in short steps, also where somebody has made all keys fall into one slot', () => {
    const grove = new Grove();
    const inFirstSlot = (name: string): boolean => sha256(utf8(name))[0]! < 16;
    const names = Array.from({ length: 30_000 }, (_, i) => `key ${i}`).filter(inFirstSlot);
    grove.grow(Object.fromEntries(names.map((name) => [name, 'a'])));
    let reads = 0;
    const node = (key: Bytes): Bytes | undefined => {
      reads++;
      return grove.pages.get(toHex(key));
    };
    const writes = names.map((name) => ({ key: utf8(name), value: utf8('b') }));
    const steps = updateTreeInSteps({ node }, grove.version + 1, writes);
    let most = 0;
    for (let before = 0, step = steps.next(); ; step = steps.next()) {
      most = Math.max(most, reads - before);
      before = reads;
      if (step.done) break;
    }
    expect(reads).to.be.greaterThan(500);
    expect(most, 'pages read in one step').to.be.lessThan(60);
  });

  it('writes six bytes for a version that changes nothing, and forgets them with the next', () => {
    const grove = new Grove();
    grove.grow(Object.fromEntries(NAMES.map((name) => [name, name])));
    const { root } = grove;
    const before = grove.pages.size;
    for (let version = 0; version < 5; version++) {
      grove.grow({});
      expect(toHex(grove.root)).to.equal(toHex(root));
      expect(grove.pages.size).to.equal(before + 1);
      expect(verifyProof(root, utf8('key 1'), grove.proof('key 1')).kind).to.equal('accept');
    }
    grove.grow({ 'key 1': 'changed' });
    expect(grove.pages.size).to.equal(before);
    expect(verifyProof(grove.root, utf8('key 1'), grove.proof('key 1')).kind).to.equal('accept');
  });

  it('keeps the pages of older versions readable until the stale ones are deleted', () => {
    const pages = new Map<string, Bytes>();
    const tree = { node: (key: Bytes) => pages.get(toHex(key)) };
    const write = (key: string, value: string) => ({ key: utf8(key), value: utf8(value) });
    const first = updateTree(
      tree,
      0,
      NAMES.map((name) => write(name, 'old')),
    );
    for (const [key, page] of first.writes.put) pages.set(toHex(key), page);
    const second = updateTree(tree, 1, [write('key 7', 'new')]);
    for (const [key, page] of second.writes.put) pages.set(toHex(key), page);
    const header = { height: 0 } as Parameters<typeof prove>[0]['header'];
    const proof = prove({ header, view: { get: () => utf8('old') }, tree }, utf8('key 7'));
    expect(verifyProof(first.root, utf8('key 7'), proof).kind).to.equal('accept');
    expect(second.writes.stale.length).to.equal(second.writes.put.length);
  });

  it('proves what is there and what is not', () => {
    const grove = new Grove();
    grove.grow(Object.fromEntries(NAMES.map((name) => [name, `value of ${name}`])));
    grove.grow({ 'key 3': undefined });
    for (const name of [...NAMES, 'absent', 'another', 'a third', '']) {
      const value = grove.values.get(toHex(utf8(name)));
      const verdict = verifyProof(grove.root, utf8(name), grove.proof(name));
      expect(verdict, name).to.deep.equal({ kind: 'accept', value: { value } });
      const decoded = decodeProof(encodeProof(grove.proof(name)));
      expect(decoded).to.deep.equal({ kind: 'accept', value: grove.proof(name) });
    }
  });

  it('proof.wrong: another root, another key, another value, a shorter or longer path', () => {
    const grove = new Grove();
    grove.grow(Object.fromEntries(NAMES.map((name) => [name, name])));
    const proof = grove.proof('key 1');
    const code = (root: Hash32, key: string, changed: typeof proof) => {
      const verdict = verifyProof(root, utf8(key), changed);
      return verdict.kind === 'accept' ? 'accept' : verdict.code;
    };
    expect(code(grove.root, 'key 1', proof)).to.equal('accept');
    expect(code(sha256(grove.root), 'key 1', proof)).to.equal('proof.wrong');
    expect(code(grove.root, 'key 2', proof)).to.equal('proof.wrong');
    expect(code(grove.root, 'key 1', { ...proof, value: utf8('more') })).to.equal('proof.wrong');
    expect(code(grove.root, 'key 1', { ...proof, value: undefined })).to.equal('proof.wrong');
    expect(code(grove.root, 'key 1', { ...proof, pages: [] })).to.equal('proof.wrong');
    expect(code(grove.root, 'key 1', { ...proof, pages: proof.pages.slice(1) })).to.equal('proof.wrong');
    const endless = Array.from({ length: DEPTH_MAX + 1 }, () => proof.pages[0]!);
    expect(code(grove.root, 'key 1', { ...proof, pages: endless })).to.equal('proof.wrong');
    const itself = { keyHash: sha256(utf8('key 1')), valueHash: sha256(utf8('key 1')) };
    expect(code(grove.root, 'key 1', { ...proof, value: undefined, other: itself })).to.equal('proof.wrong');
  });

  it('proof.wrong or codec: every flipped bit of a proof is refused', () => {
    const grove = new Grove();
    grove.grow(Object.fromEntries(NAMES.map((name) => [name, name])));
    let refused = 0;
    for (const key of ['key 1', 'absent', 'nowhere', 'x1', 'x2', 'x3']) {
      const bytes = encodeProof(grove.proof(key));
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const decoded = decodeProof(flipped);
        if (decoded.kind === 'accept') {
          expect(verifyProof(grove.root, utf8(key), decoded.value).kind, `${key} ${bit}`).to.equal('reject');
        }
        refused++;
      }
    }
    expect(refused).to.be.greaterThan(5_000);
  });

  it('keeps its golden root', () => {
    const grove = new Grove();
    grove.grow(Object.fromEntries(NAMES.map((name) => [name, name])));
    grove.grow({ 'key 1': 'changed', 'key 2': undefined });
    golden('tree', { root: toHex(grove.root), proof: toHex(encodeProof(grove.proof('key 1'))) });
  });
});
