/** What may be brought to a library while an upload of it waits on the ledger for others. */
import { expect } from 'chai';
import { mayBring } from '../../rpc/calls/upload.ts';
import type { RpcContext } from '../../rpc/context.ts';
import type { UploadStanding } from '../../rpc/upload-ports.ts';
import { genesisOf, hashOf, keyOf, World } from '../chain/world.ts';
import { outcome } from '../tracker/world.ts';

describe('an upload that is on the ledger by another library', () => {
  const world = new World(genesisOf({ attestations: 2 }));
  before(() => void world.run([world.upload('book', 5n)]));

  function answer(state: UploadStanding['state'] | undefined, bytes: boolean): string {
    const standing = state && { state, name: 'book', until: 0, code: undefined };
    const { view, header } = world.state;
    const context = {
      ports: {
        ledger: { chainId: world.chainId, view: () => view, head: () => header },
        archive: { standing: () => standing },
        clock: { now: () => header.time },
      },
    } as unknown as RpcContext;
    const claim = { hash: hashOf('book'), key: keyOf('uploader'), signature: new Uint8Array(64) };
    return outcome(
      mayBring(context, { ...claim, action: 'upload', expires: undefined, written: undefined }, bytes),
    );
  }

  it('may be brought here as well, also when it came to nothing here before; not when it is here', () => {
    expect(answer(undefined, true)).to.equal('accept');
    expect(answer('refused', true)).to.equal('accept');
    for (const state of ['fetching', 'waiting', 'on-ledger'] as const) {
      expect(answer(state, true), state).to.equal('request.sign-fetch');
    }
  });

  it('opens nothing to who brings no bytes', () => {
    for (const state of [undefined, 'refused', 'waiting'] as const) {
      expect(answer(state, false)).to.equal('request.sign-fetch');
    }
  });
});
