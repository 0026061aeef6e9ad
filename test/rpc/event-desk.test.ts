import { expect } from 'chai';
import type { QueueName } from '../../core/fair-queue.ts';
import { limits } from '../../core/limits.ts';
import { EventDesk } from '../../rpc/event-desk.ts';

const stranger = (network: number, client: number): QueueName => [
  'others',
  `10.0.${network}`,
  `10.0.${network}.${client}`,
];

describe('who reads what blocks did, and who waits for it', () => {
  it('reads a piece at a time, of everybody in turn: a batch waits for itself', async () => {
    const desk = new EventDesk();
    const read: string[] = [];
    let atOnce = 0;
    const piece = (name: string) => async () => {
      atOnce += 1;
      expect(atOnce).to.equal(1);
      await new Promise(setImmediate);
      atOnce -= 1;
      read.push(name);
    };
    const all = Array.from({ length: 29 }, () => desk.read(stranger(1, 1), piece('batch')));
    all.push(
      desk.read(stranger(2, 1), piece('one')),
      desk.read(['readers', '10.0.1', 'key'], piece('reader')),
    );
    await Promise.all(all);
    expect(read.slice(0, 4)).to.include.members(['one', 'reader']);
    expect(read).to.have.length(31);
  });

  it('request.too-many: to whoever has a batch and more under way', async () => {
    const desk = new EventDesk();
    const all = Array.from({ length: limits.eventsReadingPerClientMax + 2 }, () =>
      desk.read(stranger(1, 1), () => new Promise(setImmediate)),
    );
    const codes = (await Promise.all(all)).flatMap((verdict) => ('code' in verdict ? [verdict.code] : []));
    expect(codes).to.deep.equal(['request.too-many']);
    expect(await desk.read(stranger(1, 1), async () => 1)).to.deep.equal({ kind: 'accept', value: 1 });
  });

  it('hands on what a piece throws, and reads the next one', async () => {
    const desk = new EventDesk();
    const wrong = new Error('a damaged row');
    const failed = await desk
      .read(stranger(1, 1), () => Promise.reject(wrong))
      .catch((error: unknown) => error);
    expect(failed).to.equal(wrong);
    expect(await desk.read(stranger(1, 1), async () => 1)).to.deep.equal({ kind: 'accept', value: 1 });
  });

  it('leaves places to wait: ten networks some to others, and all strangers theirs to keys that have paid', async () => {
    const desk = new EventDesk();
    const { promise, resolve } = Promise.withResolvers<true>();
    const waiting: Promise<true | undefined>[] = [];
    const refused: string[] = [];
    const wait = async (name: QueueName): Promise<void> => {
      const came = desk.wait(name, () => promise);
      waiting.push(came);
      if ((await Promise.race([came, new Promise((turn) => setImmediate(turn, 'waits'))])) !== 'waits')
        refused.push(name.join(' '));
    };
    for (let network = 0; network < 10; network++) {
      for (let i = 0; i < limits.eventsWaitingPerNetworkMax + 1; i++) await wait(stranger(network, i % 3));
    }
    expect(refused, 'one too many of each network').to.have.length(10);
    refused.length = 0;
    await wait(stranger(99, 1));
    for (let i = 0; i < limits.eventsWaitingPerKindMax; i++) await wait(stranger(100 + i, 1));
    expect(refused.length, 'too many strangers').to.be.greaterThan(0);
    refused.length = 0;
    for (let i = 0; i < limits.eventsWaitingPerKeyMax + 1; i++) await wait(['readers', '10.0.0', 'key']);
    expect(refused).to.deep.equal(['readers 10.0.0 key']);
    resolve(true);
    await Promise.all(waiting);
    expect(await desk.wait(stranger(1, 1), async () => 'there')).to.equal('there');
  });
});
