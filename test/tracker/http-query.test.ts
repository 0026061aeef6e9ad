import { assert, expect } from 'chai';
import fc from 'fast-check';
import { parseAddress, sourceAddress } from '../../core/address.ts';
import { parseAnnounce, parseScrape } from '../../tracker/http/query.ts';
import { announceQuery, infoHash, outcome, percent } from './world.ts';

describe('an announce', () => {
  it('is read as BEP 3 writes it, binary as binary', () => {
    // The info hash of the example in BEP 48; text and escapes mixed, one NUL.
    const query =
      'info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A&peer_id=-TR3000-%00bcdef%2Bh~._A&port=51413&uploaded=7&downloaded=9223372036854775807&left=0&numwant=80&key=1a2b&compact=1&supportcrypto=1&event=completed&ip=192.0.2.1';
    const parsed = parseAnnounce(query);
    assert(parsed.kind === 'accept');
    expect(Buffer.from(parsed.value.infoHash).toString('hex')).to.equal(
      '123456789abcdef123456789abcdef123456789a',
    );
    expect(Buffer.from(parsed.value.peerId).toString('latin1')).to.equal('-TR3000-\0bcdef+h~._A');
    const { port, uploaded, downloaded, left, event, wanted } = parsed.value;
    expect({ port, uploaded, downloaded, left, event, wanted }).to.deep.equal({
      port: 51413,
      uploaded: 7n,
      downloaded: 2n ** 63n - 1n,
      left: 0n,
      event: 'completed',
      wanted: 50,
    });
  });

  it('has a space where forms have a plus sign, and a plus sign only where it is escaped', () => {
    const wanted = Uint8Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 0x20 : 0x2b));
    // As libtorrent, Transmission and aria2 write it; as Go, Python and Java write forms.
    for (const text of ['%20%2B'.repeat(10), '%20%2b'.repeat(10), '+%2B'.repeat(10)]) {
      const query = announceQuery(infoHash(1)).replace(percent(infoHash(1)), text);
      const parsed = parseAnnounce(query);
      assert(parsed.kind === 'accept');
      expect(parsed.value.infoHash).to.deep.equal(wanted);
      expect(parseScrape(`info_hash=${text}`)).to.deep.equal({ kind: 'accept', value: [wanted] });
    }
  });

  it('may lack left, and may ask for any number of peers', () => {
    const base = announceQuery(infoHash(1)).replace(/&left=\d+/, '');
    const parsed = parseAnnounce(`${base}&numwant=-1`);
    assert(parsed.kind === 'accept');
    expect(parsed.value.left).to.equal(undefined);
    expect(parsed.value.wanted).to.equal(50);
    const none = parseAnnounce(`${base}&numwant=0`);
    assert(none.kind === 'accept');
    expect(none.value.wanted).to.equal(0);
  });

  it('says nothing of amounts that are none, and is served all the same', () => {
    for (const none of [
      '-1',
      '',
      '18446744073709551616',
      '9223372036854775808',
      'NaN',
      '1e3',
      '0x10',
      '1.5',
    ]) {
      for (const field of ['left=1000', 'uploaded=0', 'downloaded=0']) {
        const name = field.slice(0, field.indexOf('='));
        const parsed = parseAnnounce(announceQuery(infoHash(1)).replace(field, `${name}=${none}`));
        assert(parsed.kind === 'accept', `${name}=${none}`);
        expect(parsed.value[name as 'left'], `${name}=${none}`).to.equal(undefined);
      }
    }
  });

  it('announce.malformed: what is missing, too long, twice, or no number', () => {
    const good = announceQuery(infoHash(1));
    const wrong = [
      '',
      good.replace('info_hash', 'hash'),
      good.replace('peer_id', 'peer'),
      good.replace('port=6881', ''),
      good.replace('port=6881', 'port=0'),
      good.replace('port=6881', 'port=65536'),
      good.replace('port=6881', 'port=0x1'),
      good.replace('info_hash=%01', 'info_hash='),
      good.replace('info_hash=%01', 'info_hash=%01%01'),
      good.replace('info_hash=%01', 'info_hash=%0'),
      good.replace('info_hash=%01', 'info_hash=%zz'),
      good.replace('info_hash=%01', 'info_hash=\u0100'),
      `${good}&info_hash=${percent(infoHash(2))}`,
      `${good}&peer_id=${percent(infoHash(2))}`,
      good.slice(0, good.indexOf('&')),
    ];
    expect(outcome(parseAnnounce(good))).to.equal('accept');
    for (const query of wrong) expect(outcome(parseAnnounce(query)), query).to.equal('announce.malformed');
  });

  it('can be anything at all without throwing', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'info_hash=',
        'peer_id=',
        'port=',
        'left=',
        '&',
        '%',
        '=',
        '%00',
        '%F',
        'event=stopped',
      ),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const query = pieces.join('');
        return parseAnnounce(query).kind !== 'ignore' && parseScrape(query).kind !== 'ignore';
      }),
      { numRuns: 500 },
    );
  });

  it('every 20 bytes survive the escaping', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
        const parsed = parseAnnounce(announceQuery(bytes));
        return parsed.kind === 'accept' && Buffer.compare(parsed.value.infoHash, bytes) === 0;
      }),
    );
  });
});

describe('a scrape', () => {
  it('names any number of info hashes, within a bound', () => {
    const one = `info_hash=${percent(infoHash(1))}`;
    expect(parseScrape('')).to.deep.equal({ kind: 'accept', value: [] });
    expect(parseScrape(`${one}&${one}`)).to.deep.equal({ kind: 'accept', value: [infoHash(1), infoHash(1)] });
    expect(outcome(parseScrape('info_hash=abc'))).to.equal('announce.malformed');
    expect(outcome(parseScrape(Array(75).fill(one).join('&')))).to.equal('announce.malformed');
  });
});

describe('the address of a peer', () => {
  it('is IPv4, IPv6, or IPv4 in the dress of IPv6', () => {
    expect(parseAddress('192.0.2.1')).to.deep.equal({ family: 4, bytes: Uint8Array.of(192, 0, 2, 1) });
    expect(parseAddress('::ffff:192.0.2.1')).to.deep.equal({ family: 4, bytes: Uint8Array.of(192, 0, 2, 1) });
    const v6 = new Uint8Array(16);
    v6.set([0x20, 0x01, 0x0d, 0xb8]);
    v6[15] = 1;
    expect(parseAddress('2001:db8::1')).to.deep.equal({ family: 6, bytes: v6 });
    expect(parseAddress('2001:db8:0:0:0:0:0:1')).to.deep.equal({ family: 6, bytes: v6 });
    expect(parseAddress('2001:db8::1%eth0')).to.deep.equal({ family: 6, bytes: v6 });
    expect(parseAddress('::')).to.deep.equal({ family: 6, bytes: new Uint8Array(16) });
  });

  it('is nothing else', () => {
    const wrong = [
      '',
      '1.2.3',
      '1.2.3.256',
      '01.2.3.4',
      '1.2.3.4.5',
      ':',
      ':::',
      '1::2::3',
      '12345::',
      'g::1',
    ];
    for (const text of [
      ...wrong,
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1.2.3.4::',
      '1:2:3:4:5:6:7::8',
      'x'.repeat(99),
    ]) {
      expect(parseAddress(text), text).to.equal(undefined);
    }
  });

  it("is the source of the connection; a header counts only from the operator's own proxies, from the right", () => {
    const forged = '198.51.100.7, 192.0.2.9';
    expect(sourceAddress('127.0.0.1', forged, 0)?.bytes).to.deep.equal(Uint8Array.of(127, 0, 0, 1));
    expect(sourceAddress('127.0.0.1', forged, 1)?.bytes).to.deep.equal(Uint8Array.of(192, 0, 2, 9));
    expect(sourceAddress('127.0.0.1', undefined, 1)).to.equal(undefined);
    expect(sourceAddress('127.0.0.1', forged, 3)).to.equal(undefined);
    expect(sourceAddress(undefined, undefined, 0)).to.equal(undefined);
  });

  it('is read as proxies write it: with a port, in brackets', () => {
    const from = (header: string) => sourceAddress('127.0.0.1', header, 1)?.bytes;
    const ipv6 = parseAddress('2001:db8::1')?.bytes;
    for (const header of ['192.0.2.9:4711', '192.0.2.9', '1.1.1.1, 192.0.2.9:80']) {
      expect(from(header), header).to.deep.equal(Uint8Array.of(192, 0, 2, 9));
    }
    for (const header of ['[2001:db8::1]:4711', '[2001:db8::1]', '2001:db8::1']) {
      expect(from(header), header).to.deep.equal(ipv6);
    }
    for (const header of ['[192.0.2.9', '192.0.2.9:', '192.0.2.9:x', '[]:80', '[2001:db8::1]x', ':80']) {
      expect(from(header), header).to.equal(undefined);
    }
  });
});
