/** Hears everything and says nothing. */
import { Fault } from '../../../core/fault.ts';
import { Disguise } from './disguise.ts';

export class Mute extends Disguise {
  override send(): void {}
  override publish(): void {}
  override answer(): Promise<Uint8Array> {
    return Promise.reject(new Fault('network.unreachable', 'mute'));
  }
}
