/** Announces with the passes of free keys: new peers without end, for their own claims and for the books of others. */
import { randomPeerId } from '../../../test/e2e/fixtures/announce.ts';
import type { Attack, Ground } from '../attack.ts';

const PER_SECOND = 200;
const AT_ONCE = 100;
const EVENTS = ['started', 'started', 'completed', 'stopped', ''];
const PORTS = 60_000;

export const announces: Attack = {
  name: 'announces',
  what: `${PER_SECOND} a second with passes of free keys`,
  run: (ground) => ground.pace(PER_SECOND, AT_ONCE, () => announce(ground)),
};

async function announce({ free, book, caller }: Ground): Promise<string> {
  const pass = free.pass();
  if (pass === undefined) return 'no pass yet';
  const infoHash = Math.random() < 0.5 ? pass.infoHash : book().infoHash;
  const query = new URLSearchParams({
    peer_id: randomPeerId(),
    port: String(1 + Math.floor(Math.random() * PORTS)),
    uploaded: '0',
    downloaded: '0',
    left: String(Math.floor(Math.random() * 2)),
    event: EVENTS[Math.floor(Math.random() * EVENTS.length)]!,
    compact: '1',
    numwant: '200',
  });
  const url = `${pass.url}?info_hash=${infoHash.replace(/../g, '%$&')}&${query}`;
  const { status, body } = await caller(Math.random() < 0.5 ? pass.address : undefined).call({ url });
  const text = body.toString('latin1');
  return (
    /14:failure reason\d+:.*?\(([a-z.-]+)\)/.exec(text)?.[1] ?? (status === 200 ? 'served' : String(status))
  );
}
