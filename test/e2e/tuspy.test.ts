/**
 * Our tus against tuspy 1.1, a client that others wrote. Skipped where Python has no `tusclient`: DIGITALLIB_TUSPY names a
 * Python that has it (python3 -m venv …, pip install tuspy==1.1.0).
 */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Federation } from './fixtures/federation.ts';
import { available, newReader, writeBook } from './fixtures/reader.ts';
import { metadataFor } from './fixtures/tus.ts';

const MiB = 2 ** 20;
const PYTHON = process.env.DIGITALLIB_TUSPY ?? 'python3';

/** Brings a part, forgets all but the address, and goes on; or tells what it is told. */
const CLIENT = `
import json, sys
from tusclient import client, exceptions
url, path, metadata = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
library = client.TusClient(url)
first = library.uploader(path, chunk_size=1 << 20, metadata=metadata)
first.upload(stop_at=1 << 20)
again = library.uploader(path, chunk_size=1 << 20, metadata=metadata, url=first.url)
print(again.offset)
try:
  again.upload()
  print(again.get_offset())
except exceptions.TusUploadFailed as error:
  print(error.status_code, error.response_content.decode())
`;

describe('tuspy', () => {
  let federation: Federation;

  before(async function () {
    if (spawnSync(PYTHON, ['-c', 'import tusclient']).status !== 0) return this.skip();
    federation = await Federation.start({ count: 1, parameters: { fileBytesMax: 64 * MiB } });
  });
  after(async () => federation?.stop());

  it('brings a file in parts, goes on where it was, and hears that bytes are not what was signed', async () => {
    const api = federation.home(1).api;
    const at = { api, chainId: (await federation.at(1).status()).chain.id };
    const reader = await newReader(federation.at(1));
    const [mine, other] = await Promise.all(
      ['mine.bin', 'other.bin'].map((name) => writeBook(federation.folder, name, 3 * MiB)),
    );
    const metadata = JSON.stringify(await metadataFor(at, reader, mine!));
    const bring = async (path: string) =>
      (await promisify(execFile)(PYTHON, ['-c', CLIENT, `${api}/api/uploads`, path, metadata])).stdout;
    expect(await bring(other!.path)).to.match(/^1048576\n422 .*file\.wrong-hash/);
    expect(await bring(mine!.path)).to.equal(`${MiB}\n${3 * MiB}\n`);
    await available(federation.at(1), mine!.hash);
  });
});
