/**
 * Believes no library: whatever it gives was shown by the signatures of the federation, from the chain id or a checkpoint on
 * over the changes of the authorities, and is of now: no older than two heartbeats of the ledger. Source: docs/proofs.md.
 */
import { encodeTransaction, transactionId } from '../chain/transaction/transaction.ts';
import { type Bytes, hexToBytes, toHex } from '../core/bytes.ts';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../core/scalars.ts';
import { decodeTrusted } from '../light/trusted.ts';
import { ClientError } from './client-error.ts';
import type { AccountFacts, FileFacts, Submitted } from './facts.ts';
import type { Proved, ProvedAt, VerifierPorts } from './proved.ts';
import { type SentTransfer, sendTransfer, type TransferOptions, type Transferred } from './transfer.ts';
import type { CallOptions, TorrentFile } from './transport.ts';
import {
  type ProofMoment,
  type ProofTrust,
  type Unproved,
  verifyAccount,
  verifyFile,
  verifyParameters,
  verifyPurchase,
  verifyStep,
  verifyTransaction,
} from './verify.ts';
import type { Wallet } from './wallet.ts';

/** What was proved last, or kept from before: from here on the next proof leads. */
type Known = { readonly height: number; readonly checkpoint: Bytes };
type Checked = { readonly kind: string; readonly at: ProofMoment };
type Ask = (from: number | undefined) => Promise<Bytes>;

/** Clocks of readers and libraries differ. */
const CLOCKS_APART_MS = 5_000;
const HEARTBEATS = 2;
/** The authorities may change how often a block comes. */
const HEARTBEAT_KEPT_MS = 3_600_000;
/** Each leads over 256 changes of the authorities. */
const STEPS_MAX = 64;
/** Good for one call. */
const EXPIRES_SECONDS = 600;

export class Verifier {
  readonly #ports: VerifierPorts;
  /** As it was loaded, and the newest. Both: a transaction may stand below what was proved since. */
  #loaded: Promise<Known | undefined> | undefined;
  #newest: Known | undefined;
  #heartbeat: { readonly ms: number; readonly learned: number } | undefined;

  constructor(ports: VerifierPorts) {
    this.#ports = ports;
  }

  async account(
    wallet: Wallet,
    { expires = this.#inSeconds(), signal }: { readonly expires?: number } & CallOptions = {},
  ): Promise<AccountFacts & Proved> {
    const { ask, chainId, now } = this.#ports;
    const key = wallet.publicKey;
    // The text of a proof, with the key in the place of the file.
    const signed_hash = await wallet.signProof(chainId, key, expires);
    const fields = { kind: 'account' as const, public_key: key, expires, signed_hash };
    const verdict = await this.#prove(
      (from) => ask('proof', { ...fields, from }, { signal }),
      (proof, trust) => verifyAccount(proof, { trust, key, now: now() }),
    );
    await this.#assertFresh(verdict.at, signal);
    const { kind: _, at, ...figures } = verdict;
    const { uploaded, downloaded } = figures;
    const ratio = downloaded === 0n ? undefined : Number(uploaded) / Number(downloaded);
    return { publicKey: key, ...figures, ratio, proved: provedAt(at) };
  }

  async file(hash: string, { signal }: CallOptions = {}): Promise<FileFacts & Proved> {
    const { ask, client } = this.#ports;
    const claimed = await client.file(hash, { signal });
    const verdict = await this.#prove(
      (from) => ask('proof', { kind: 'file', hash, from }, { signal }),
      (proof, trust) => verifyFile(proof, { trust, hash }),
    );
    await this.#assertFresh(verdict.at, signal);
    if (verdict.kind !== 'available') return unproved('the file is not available');
    const { size, name: filename, nameSignedBy, height, at } = verdict;
    const isSo =
      claimed.hash === hash &&
      claimed.size === size &&
      claimed.filename === filename &&
      claimed.height === height &&
      claimed.nameSignedBy === nameSignedBy;
    if (!isSo) return unproved('the library says something else of this file');
    return { ...claimed, proved: provedAt(at) };
  }

  async download(
    wallet: Wallet,
    hash: string,
    options: Parameters<VerifierPorts['client']['download']>[2] = {},
  ): Promise<TorrentFile & Proved> {
    const { ask, client, chainId } = this.#ports;
    const { signal } = options;
    const torrent = await client.download(wallet, hash, options);
    const expires = this.#inSeconds();
    const signed_hash = await wallet.signProof(chainId, hash, expires);
    const fields = { hash, public_key: wallet.publicKey, expires, signed_hash };
    const verdict = await this.#prove(
      (from) => ask('proof', { ...fields, from }, { signal }),
      (proof, trust) => verifyPurchase(proof, { trust, hash, key: wallet.publicKey }),
    );
    await this.#assertFresh(verdict.at, signal);
    if (verdict.kind !== 'bought') return unproved('this key has not bought the file');
    return { ...torrent, proved: provedAt(verdict.at) };
  }

  async transfer(
    wallet: Wallet,
    { expires = this.#inSeconds(), ...options }: TransferOptions,
  ): Promise<Transferred & Proved> {
    const { ask, chainId } = this.#ports;
    const sent = await sendTransfer(ask, chainId, wallet, { ...options, expires });
    const bytes = transferOf(wallet, sent);
    const { id, height } = sent.answer;
    return { ...sent.answer, ...(await this.#included(bytes, id, height, options.signal)) };
  }

  async submit(transaction: Bytes, options: CallOptions = {}): Promise<Submitted & Proved> {
    const answer = await this.#ports.client.submit(transaction, options);
    const { id, height } = answer;
    return { ...answer, ...(await this.#included(transaction, id, height, options.signal)) };
  }

  /** What is final stays so: there is nothing that could be too old. */
  async #included(
    transaction: Bytes,
    said: string,
    told: number | null,
    signal: AbortSignal | undefined,
  ): Promise<Proved & { readonly height: number }> {
    const { ask } = this.#ports;
    const id = toHex(transactionId(transaction));
    if (id !== said) return unproved('the library speaks of another transaction');
    const height = told ?? (await ask('transaction', { id }, { signal })).height;
    const { at } = await this.#prove(
      (from) => ask('inclusion', { transaction: id, height, from }, { signal }),
      (proof, trust) => verifyTransaction(proof, { trust, id }),
      height,
    );
    if (at.height !== height) return unproved('the transaction stands in another block');
    return { height, proved: provedAt(at) };
  }

  /** From what is known on, or from the genesis. @param below - the height that it is about, where it is not the newest. */
  async #prove<V extends Checked>(
    ask: Ask,
    check: (proof: Bytes, trust: ProofTrust) => V | Unproved,
    below?: number,
  ): Promise<V> {
    let known = await this.#knownBelow(below ?? Number.POSITIVE_INFINITY);
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      const trust = known === undefined ? { chainId: this.#ports.chainId } : { checkpoint: known.checkpoint };
      const proof = await asked(ask, known?.height);
      const verdict = check(proof, trust);
      if ('at' in verdict) {
        await this.#keep(verdict.at);
        return verdict;
      }
      if (verdict.kind === 'outdated') {
        return unproved('the ledger follows rules that this program does not know: it is too old');
      }
      const step = verdict.code === 'proof.partial' ? verifyStep(proof, trust) : undefined;
      if (step?.kind !== 'step' || step.at.height <= (known?.height ?? 0)) {
        return unproved(verdict.detail ?? verdict.code);
      }
      await this.#keep(step.at);
      known = step.at;
    }
    return unproved('it is too far from what is known here');
  }

  async #knownBelow(height: number): Promise<Known | undefined> {
    this.#loaded ??= this.#load();
    const loaded = await this.#loaded;
    return [this.#newest, loaded].find((one) => one !== undefined && one.height <= height);
  }

  async #load(): Promise<Known | undefined> {
    const { checkpoints, chainId } = this.#ports;
    const checkpoint = await checkpoints?.load();
    if (checkpoint === undefined) return undefined;
    const trusted = decodeTrusted(checkpoint);
    if (trusted.kind !== 'accept') return unproved('the checkpoint that was kept cannot be read');
    const { header } = trusted.value;
    if (toHex(header.chainId) !== chainId)
      return unproved('the checkpoint that was kept is of another chain');
    return { height: header.height, checkpoint };
  }

  async #keep({ height, checkpoint }: ProofMoment): Promise<void> {
    const loaded = await this.#loaded;
    const before = this.#newest ?? loaded;
    if (before !== undefined && height <= before.height) return;
    this.#newest = { height, checkpoint };
    await this.#ports.checkpoints?.save(checkpoint);
  }

  /** Asked once more where it looks old: the authorities may have changed how often a block comes. */
  async #assertFresh({ time }: ProofMoment, signal: AbortSignal | undefined): Promise<void> {
    const { now } = this.#ports;
    const known = this.#heartbeat;
    if (known !== undefined && now() - known.learned < HEARTBEAT_KEPT_MS && this.#isFresh(time, known.ms))
      return;
    const { parameters, at } = await this.#prove(
      (from) => this.#ports.ask('proof', { kind: 'parameters', from }, { signal }),
      (proof, trust) => verifyParameters(proof, { trust }),
    );
    const ms = parameters.heartbeatMs ?? 0;
    if (!this.#isFresh(at.time, ms) || !this.#isFresh(time, ms)) {
      return unproved(
        'the block is older than two heartbeats of the ledger: no newer one has come, or it is kept back',
      );
    }
    this.#heartbeat = { ms, learned: now() };
  }

  #isFresh(time: number, heartbeatMs: number): boolean {
    return this.#ports.now() - time <= HEARTBEATS * heartbeatMs + CLOCKS_APART_MS;
  }

  #inSeconds(): number {
    return Math.floor(this.#ports.now() / 1_000) + EXPIRES_SECONDS;
  }
}

/** A library that is asked for what lies above its head may be behind; it may be a liar, too. */
async function asked(ask: Ask, from: number | undefined): Promise<Bytes> {
  try {
    return await ask(from);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.code === 'proof.unavailable') return unproved('the library has no proof of it');
    if (error.code !== 'request.wrong-value' || from === undefined) throw error;
    return unproved('the library has not come to the block that was proved before');
  }
}

function transferOf({ key }: Wallet, { order, signature }: SentTransfer): Bytes {
  const { to, amount, nonce, expires } = order;
  const said = { to: hexToBytes(to, PUBLIC_KEY_BYTES), amount, key, nonce, expires };
  return encodeTransaction({ kind: 'transfer', ...said, signature: hexToBytes(signature, SIGNATURE_BYTES) });
}

function provedAt({ height, time, block }: ProofMoment): ProvedAt {
  return { height, time, block };
}

/** @throws ClientError("client.unproved"). */
function unproved(why: string): never {
  throw new ClientError('client.unproved', `What the library says is not proved: ${why}.`);
}
