/** What agents draw from: how many, how long, how large. All of it from one seed. */
import { SeededRandom } from '../sim/random.ts';

export class Chances extends SeededRandom {
  /** How often something happens that happens so often on average. */
  poisson(mean: number): number {
    const floor = Math.exp(-mean);
    let product = this.next();
    let count = 0;
    while (product > floor) {
      product *= this.next();
      count += 1;
    }
    return count;
  }

  /** How long something lasts that may end at any moment. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** Around 1; e to the power of −half … half, each as likely. */
  spread(half: number): number {
    return Math.exp((this.next() * 2 - 1) * half);
  }

  /** An index, by how much there is of each; the parts make 1. */
  kind(parts: readonly number[]): number {
    let left = this.next();
    for (const [index, part] of parts.entries()) {
      if (left < part) return index;
      left -= part;
    }
    return parts.length - 1;
  }
}
