/** What a block has changed, told to those who keep something beside the state: catalogue, network, tracker, RPC. */
import type { Hash32, Height, PublicKey32, Tokens } from '../../core/scalars.ts';

export type ChainEvent =
  | { readonly kind: 'registered'; readonly key: PublicKey32 }
  | {
      readonly kind: 'uploaded';
      readonly hash: Hash32;
      readonly key: PublicKey32;
      readonly name: string;
      readonly size: Tokens;
      readonly sponsor: PublicKey32;
    }
  | {
      readonly kind: 'attested';
      readonly hash: Hash32;
      readonly uploader: PublicKey32;
      readonly node: PublicKey32;
    }
  | {
      readonly kind: 'available';
      readonly hash: Hash32;
      readonly uploader: PublicKey32;
      readonly name: string;
      readonly size: Tokens;
    }
  | { readonly kind: 'purchased'; readonly hash: Hash32; readonly key: PublicKey32; readonly size: Tokens }
  | {
      readonly kind: 'transferred';
      readonly from: PublicKey32;
      readonly to: PublicKey32;
      readonly amount: Tokens;
    }
  | {
      readonly kind: 'bought';
      readonly key: PublicKey32;
      readonly amount: Tokens;
      readonly receipt: Hash32;
    }
  | {
      readonly kind: 'sale-opened';
      readonly sale: Hash32;
      readonly key: PublicKey32;
      readonly amount: Tokens;
    }
  | { readonly kind: 'sale-closed'; readonly sale: Hash32; readonly outcome: SaleOutcome }
  | { readonly kind: 'proposed'; readonly proposal: Hash32 }
  | { readonly kind: 'approved'; readonly proposal: Hash32; readonly authority: PublicKey32 }
  | { readonly kind: 'applied'; readonly proposal: Hash32 }
  | { readonly kind: 'taken-down'; readonly hash: Hash32 }
  | { readonly kind: 'restored'; readonly hash: Hash32 }
  | { readonly kind: 'reset'; readonly hash: Hash32; readonly taken: Tokens }
  | { readonly kind: 'members-changed' }
  | { readonly kind: 'authorities-changed' }
  | { readonly kind: 'roles-changed' }
  | { readonly kind: 'parameters-changed' }
  | { readonly kind: 'upgrade-scheduled'; readonly height: Height; readonly version: number };

export type SaleOutcome = 'settled' | 'released' | 'reclaimed';
