/** What the tests use of parse-torrent. */
declare module 'parse-torrent' {
  // biome-ignore lint/style/noDefaultExport: it is the package's only function
  export default function parseTorrent(torrent: Uint8Array): Promise<{
    readonly infoHash: string;
    readonly name: string;
    readonly private: boolean;
    readonly announce: readonly string[];
    readonly length: number;
    readonly pieceLength: number;
    readonly pieces: readonly string[];
  }>;
}
