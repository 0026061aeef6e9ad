import { expect } from 'chai';
import { Redial } from '../../archive/fetch/redial.ts';
import { parseAddress } from '../../core/address.ts';

const at = (port: number) => ({ address: parseAddress('192.0.2.1')!, port });
const ports = (due: readonly { readonly port: number }[]): number[] => due.map(({ port }) => port);

describe('peers that a fetch dials again', () => {
  it('are dialled when they have announced, and then after pauses that double up to a bound', () => {
    const redial = new Redial(2, 8);
    const dialled = Array.from({ length: 40 }, (_, now) => now).filter(
      (now) => redial.due([at(1)], now).length > 0,
    );
    expect(dialled).to.deep.equal([0, 2, 6, 14, 22, 30, 38]);
  });

  it('do not wait for each other, and begin anew when they had gone', () => {
    const redial = new Redial(2, 8);
    expect(ports(redial.due([at(1)], 0))).to.deep.equal([1]);
    expect(ports(redial.due([at(1), at(2)], 1))).to.deep.equal([2]);
    expect(ports(redial.due([at(1), at(2)], 3))).to.deep.equal([1, 2]);
    expect(ports(redial.due([at(2)], 4))).to.deep.equal([]);
    expect(ports(redial.due([at(1), at(2)], 5))).to.deep.equal([1]);
  });

  it('are dialled in time when the clock was set back', () => {
    const redial = new Redial(2, 8);
    redial.due([at(1)], 1_000);
    expect(ports(redial.due([at(1)], 10))).to.deep.equal([1]);
  });
});
