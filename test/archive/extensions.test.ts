/** What an archive heeds of BEP 10, on a stand-in for a connection that tells what reaches webtorrent. */
import { expect } from 'chai';
import type { Wire } from 'webtorrent';
import { heedFewExtensions } from '../../archive/peers/extensions.ts';
import { fromUtf8 } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';

const METADATA = 1;
const DONT_HAVE = 2;
const ASKS = 'd8:msg_typei0e5:piecei3ee';

describe('of the extensions of a peer an archive', () => {
  let heard: (readonly [id: number, payload: string])[];
  let wire: Wire;

  beforeEach(() => {
    heard = [];
    wire = listening();
  });

  const listening = (): Wire => {
    const stand = {
      extendedMapping: { [METADATA]: 'ut_metadata', [DONT_HAVE]: 'lt_donthave' },
      _onExtended: (id: number, payload: Uint8Array) => void heard.push([id, fromUtf8(payload)!]),
    } as unknown as Wire;
    heedFewExtensions(stand);
    return stand;
  };
  const say = (id: number, text: string) => wire._onExtended(id, Buffer.from(text, 'latin1'));

  it('keeps the numbers that it needs of the first handshake, and no other name', () => {
    say(0, 'd1:md11:lt_donthavei7e6:ut_pexi1e11:ut_metadatai3ee13:metadata_sizei31235e1:p4:abcd4:reqqi250ee');
    say(0, 'd1:md11:ut_metadatai9e3:newi8eee');
    expect(heard).to.deep.equal([[0, 'd1:md11:lt_donthavei7e11:ut_metadatai3ee4:reqqi250ee']]);
  });

  it('takes nothing out of a handshake that is none, or too long, or of names that are no numbers', () => {
    const names = `d1:md11:ut_metadatai1e${'4:namei1e'.repeat(limits.peerExtensionBytesMax / 9)}ee`;
    const none = [
      names,
      'd1:md11:ut_metadatad8:toStringi5eeee',
      'd1:md11:ut_metadatald8:toStringi5eeeee',
      'd1:md11:ut_metadatai-1e11:lt_donthavei256eee',
      'd1:md9:__proto__d11:ut_metadatai1eeee',
      'd9:__proto__d1:md11:ut_metadatai1eeee',
      'd1:m4:abcde',
      'd1:m',
      'l-3:',
      '',
    ];
    for (const text of none) {
      wire = listening();
      say(0, text);
      say(METADATA, ASKS);
    }
    expect(heard).to.have.length(none.length - 1);
    for (const one of heard) expect(one).to.deep.equal([0, 'd1:mdee']);
  });

  it('answers who asks for the info dictionary, and has said how', () => {
    say(METADATA, ASKS);
    expect(heard).to.deep.equal([]);
    say(0, 'd1:md11:ut_metadatai3eee');
    say(METADATA, ASKS);
    expect(heard[1]).to.deep.equal([METADATA, ASKS]);
  });

  it('hears of ut_metadata nothing but requests, with a number', () => {
    say(0, 'd1:md11:ut_metadatai3eee');
    say(METADATA, 'd8:msg_typei0e5:pieced8:toStringi1e7:valueOfi1eee');
    say(METADATA, 'd8:msg_typei0e5:piecei-1ee');
    say(METADATA, 'd8:msg_typei1e5:piecei0e10:total_sizei9eexxxx');
    say(METADATA, 'd8:msg_typei2e5:piecei0ee');
    say(METADATA, 'x');
    say(METADATA, `d8:msg_typei0e5:piecei0e1:x5000:${'x'.repeat(5_000)}e`);
    expect(heard).to.have.length(1);
  });

  it('hears which pieces a peer has lost, and nothing of extensions that it does not speak', () => {
    say(DONT_HAVE, '\0\0\0\u0001');
    say(DONT_HAVE, '\0\0\0\0\0');
    say(3, 'd5:addedi1ee');
    say(255, 'x');
    expect(heard.map(([id]) => id)).to.deep.equal([DONT_HAVE]);
  });
});
