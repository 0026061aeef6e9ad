/** What the siege is about: four libraries, and books that lie in their archives. Both sides know it. */

export type Book = {
  /** What its bytes are made from (book.ts): whoever has downloaded it can compare. */
  readonly id: string;
  /** 64 hex characters. */
  readonly hash: string;
  /** 40 hex characters: of the v1 torrent. It is no secret. */
  readonly infoHash: string;
};

export type Gate = {
  readonly name: string;
  readonly host: string;
  readonly api: string;
  readonly httpPort: number;
  readonly trackerPort: number;
  /** Of its archive. */
  readonly torrentPort: number;
  /** On 127.0.0.1 only. */
  readonly metricsPort: number;
};

export type Field = {
  readonly chainId: string;
  readonly libraries: readonly Gate[];
  /** In the state and in each catalogue, beside the books: nobody has their bytes. */
  readonly files: number;
};
