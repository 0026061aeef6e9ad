/** Who is a twin, and who has only been one before: decided on what boots have heard, without a clock. */
import { expect } from 'chai';
import { utf8 } from '../../../../core/bytes.ts';
import { sha256 } from '../../../../core/hash.ts';
import { limits } from '../../../../core/limits.ts';
import { BOOT_BYTES, type Boot } from '../../../../node/peers/hello/message.ts';
import { Twins } from '../../../../node/peers/hello/twins.ts';

const boot = (name: string): Boot => sha256(utf8(name)).slice(0, BOOT_BYTES);

describe('a twin', () => {
  it('is a process that has heard this one: it lived after this one began', () => {
    const twins = new Twins(boot('mine'));
    expect(twins.hear({ boot: boot('other'), heard: [], time: 1 })).to.equal(true);
    expect(twins.found, 'it may have ended').to.equal(false);
    expect(twins.heard).to.deep.equal([boot('other')]);
    expect(twins.hear({ boot: boot('other'), heard: [boot('mine')], time: 2 })).to.equal(false);
    expect(twins.found).to.equal(true);
  });

  it('are both of two that hear of each other, whoever began', () => {
    const [one, two] = [new Twins(boot('one')), new Twins(boot('two'))];
    two.hear({ boot: one.boot, heard: one.heard, time: 1 });
    one.hear({ boot: two.boot, heard: two.heard, time: 2 });
    two.hear({ boot: one.boot, heard: one.heard, time: 3 });
    expect([one.found, two.found]).to.deep.equal([true, true]);
  });

  it('is not the process that ran before a restart, however often it is heard of', () => {
    const before = new Twins(boot('before'));
    before.hear({ boot: boot('long ago'), heard: [], time: 1 });
    const twins = new Twins(boot('now'));
    for (let time = 1; time < 10; time++) twins.hear({ boot: before.boot, heard: before.heard, time });
    expect(twins.found).to.equal(false);
  });

  it('is not this process itself, when somebody tells it its own words', () => {
    const twins = new Twins(boot('mine'));
    expect(twins.hear({ boot: boot('mine'), heard: [boot('mine')], time: 1 })).to.equal(false);
    expect(twins.found).to.equal(false);
    expect(twins.heard).to.deep.equal([]);
  });

  it('stays one until this process ends, also under a new name', () => {
    const twins = new Twins(boot('mine'));
    twins.hear({ boot: boot('other'), heard: [boot('mine')], time: 1 });
    twins.rename(boot('new'));
    expect(twins.found).to.equal(true);
  });

  it('is found out after a copy of a running machine, once one of the two has another name', () => {
    const [original, copy] = [new Twins(boot('same')), new Twins(boot('same'))];
    copy.hear({ boot: original.boot, heard: [], time: 1 });
    expect(copy.found, 'nobody can tell them apart').to.equal(false);
    copy.rename(boot('another'));
    copy.hear({ boot: original.boot, heard: [], time: 2 });
    original.hear({ boot: copy.boot, heard: copy.heard, time: 3 });
    copy.hear({ boot: original.boot, heard: original.heard, time: 4 });
    expect([original.found, copy.found]).to.deep.equal([true, true]);
  });

  it('is not forgotten for old hellos that a member repeats', () => {
    const twins = new Twins(boot('mine'));
    const old = Array.from({ length: 10 }, (_, i) => ({ boot: boot(`old ${i}`), heard: [], time: i }));
    for (const one of old) twins.hear(one);
    twins.hear({ boot: boot('living'), heard: [], time: 100 });
    for (let round = 0; round < 10; round++) for (const one of old) twins.hear(one);
    expect(twins.heard).to.have.length(limits.bootsHeardMax);
    expect(twins.heard.at(-1)).to.deep.equal(boot('living'));
  });

  it('cost no more memory than they may, however many are named', () => {
    const twins = new Twins(boot('mine'));
    for (let i = 0; i < 10 * limits.bootsKeptMax; i++) twins.hear({ boot: boot(`${i}`), heard: [], time: i });
    expect(twins.heard).to.deep.equal([-4, -3, -2, -1].map((i) => boot(`${10 * limits.bootsKeptMax + i}`)));
    expect(twins.hear({ boot: boot('0'), heard: [], time: 0 }), 'forgotten').to.equal(true);
  });
});
