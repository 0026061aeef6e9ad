/**
 * What a fetch has got: bytes of blocks that it has asked for and did not have. Whatever else peers send, more than was asked
 * for included, is no sign that the file comes. Of a block that is on its way counts what is here of it, so that a slow line
 * is seen to bring something.
 */
import type { Torrent, Wire } from 'webtorrent';
import { BLOCK_BYTES } from '../../torrent/piece-tree.ts';

/** From the beginning of a fetch on. @returns tells how many bytes it has got so far. */
export function countKept(torrent: Torrent): () => number {
  let kept = 0;
  torrent.on('wire', (wire: Wire) => {
    const take = wire._onPiece.bind(wire);
    wire._onPiece = (index, offset, bytes) => {
      const piece = torrent.pieces[index];
      const missing = piece?.missing ?? 0;
      take(index, offset, bytes);
      if (piece) kept += missing - piece.missing;
    };
  });
  return () => torrent.wires.reduce((sum, wire) => sum + comingOver(wire), kept);
}

/** No more of a message than of a block: who sends long ones that are none gains nothing by it. */
function comingOver({ requests, _bufferSize }: Wire): number {
  return requests.length > 0 ? Math.min(_bufferSize, BLOCK_BYTES) : 0;
}
