/** An expected operating fault. */
import { expect } from 'chai';
import { Fault, type FaultCode } from '../../core/fault.ts';

/** `run` must throw, or return a promise that is rejected with, a fault of this code. @returns the fault. */
export async function expectFault(code: FaultCode, run: () => unknown): Promise<Fault> {
  let thrown: unknown;
  try {
    await run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, `a fault ${code}`).to.be.instanceOf(Fault);
  expect((thrown as Fault).code).to.equal(code);
  return thrown as Fault;
}
