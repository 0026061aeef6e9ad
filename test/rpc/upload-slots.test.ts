import { expect } from 'chai';
import { parseAddress } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import { UploadSlots } from '../../rpc/upload-slots.ts';

describe('places for uploads', () => {
  const from = parseAddress('127.0.0.1');
  const busy = { slack: () => undefined, lost: () => expect.fail('nobody waits') };
  const uploader = (name: number, byPage: boolean) => {
    return { key: new Uint8Array(32).fill(name), from, paid: false, byPage };
  };

  it('pages of other sites leave some to the reader who sits there', () => {
    const slots = new UploadSlots();
    let ofPages = 0;
    for (let i = 0; i < limits.uploadsPerAddressMax; i++) {
      if (slots.take(uploader(i, true), busy) !== undefined) ofPages += 1;
    }
    expect(ofPages).to.equal(limits.uploadsOfPagesMax);
    expect(slots.take(uploader(100, false), busy)).to.be.a('function');
  });
});
