import { expect } from 'chai';
import { createGate } from '../../network/gate.ts';

const key = (mark: number): Uint8Array => new Uint8Array(32).fill(mark);

describe('the gate of the network', () => {
  it('admits members, and neither strangers, nobody, nor oneself', () => {
    const gate = createGate(key(1), [{ key: key(1) }, { key: key(2) }]);
    expect(gate.admits(key(2))).to.equal(true);
    expect(gate.admits(key(3))).to.equal(false);
    expect(gate.admits(undefined)).to.equal(false);
    expect(gate.admits(key(1))).to.equal(false);
  });

  it('follows the list of members', () => {
    const gate = createGate(key(1), [{ key: key(2) }]);
    gate.set([{ key: key(3) }]);
    expect(gate.admits(key(2))).to.equal(false);
    expect(gate.admits(key(3))).to.equal(true);
  });
});
