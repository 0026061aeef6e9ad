/**
 * Every error code: few, stable, dotted. A code is the name of its test, the label of its metric and the
 * `type` of the problem document (RFC 9457) that a caller gets. `status` is HTTP's; the sentence is for people.
 */
type Row = { readonly status: number; readonly title: string };

export const CODES = {
  // the request itself
  'request.malformed': { status: 400, title: 'The request cannot be read.' },
  'request.too-slow': { status: 408, title: 'The request took too long to come; ask again.' },
  'request.missing-field': { status: 400, title: 'A field is missing.' },
  'request.wrong-hex': { status: 400, title: 'A field is not lower-case hex of the right length.' },
  'request.wrong-value': { status: 400, title: 'A field has a value that is not allowed.' },
  'request.too-many': { status: 429, title: 'Too many requests from there are under way; try again later.' },
  'request.over-budget': {
    status: 429,
    title: 'From there more was asked for than one may have in so short a time; try again soon.',
  },
  'request.too-long': { status: 413, title: 'The request or one of its fields is too long.' },
  'request.not-found': { status: 404, title: 'There is no such page.' },
  'request.unknown-method': { status: 404, title: 'There is no such method.' },
  'request.method-not-allowed': { status: 405, title: 'This call does not know that method.' },
  'request.wrong-content-type': { status: 415, title: 'The body has not the content type of this call.' },
  'request.expired': { status: 401, title: 'The signed request has expired.' },
  'request.expires-too-far': { status: 400, title: 'The expiry lies too far ahead.' },
  'request.expires-required': { status: 401, title: 'This library wants signed requests that expire.' },
  'host.foreign': { status: 421, title: 'This library does not go by the name that was asked for.' },
  'page.foreign': { status: 403, title: 'A page of another site may not ask for that.' },
  'events.pruned': { status: 410, title: 'What happened then is not kept any more.' },
  'subscription.needs-websocket': {
    status: 400,
    title: 'What is followed comes over a WebSocket at /rpc; by HTTP ask for events.',
  },
  'subscription.too-many': {
    status: 429,
    title: 'This connection follows as much as one may; end something first.',
  },
  'subscription.unknown': { status: 404, title: 'This connection follows nothing of that name.' },
  'subscription.too-slow': {
    status: 408,
    title: 'What was followed came faster than it was taken; go on from where it ended.',
  },
  'history.building': {
    status: 503,
    title: 'The history of keys is being put together for the first time; ask again in a while.',
  },
  'search.too-many': { status: 429, title: 'Too many searches from there wait; try again soon.' },
  'search.too-slow': { status: 503, title: 'This search took too long; try again, or with other words.' },
  'desk.not-a-librarian': { status: 403, title: 'This key is not one of the librarians of this library.' },
  'desk.repeated': {
    status: 409,
    title: 'This signed request has come before; sign each with another nonce.',
  },
  'desk.too-many': { status: 429, title: 'This librarian has asked too often; try again later.' },
  'desk.closed': {
    status: 503,
    title: 'The list of librarians cannot be read; the operator finds the reason in the log.',
  },
  'review.unknown': { status: 404, title: 'Nothing waits here for a review with this hash.' },
  'review.full': {
    status: 429,
    title:
      'So many uploads from there wait for a librarian that there is no place for more until some have been looked at.',
  },
  'review.changed': {
    status: 409,
    title: 'What waits here with this hash is not what was shown; look at it again.',
  },
  'review.lapsed': {
    status: 409,
    title: 'The signature of its reader has lapsed; it waits for another one.',
  },
  'review.several': {
    status: 409,
    title: 'Several wait here with this hash; say also by whom it was brought.',
  },
  'request.sign-fetch': {
    status: 401,
    title: 'What is on the ledger already is asked for with a signature of its own, over the text fetch.',
  },
  'signature.wrong': { status: 401, title: 'The signature does not fit the request.' },
  'key.unacceptable': { status: 400, title: 'The public key is not an acceptable Ed25519 key.' },

  // encodings
  'codec.too-long': { status: 413, title: 'The message is longer than allowed.' },
  'codec.malformed': { status: 400, title: 'The message is not DAG-CBOR.' },
  'codec.not-canonical': { status: 400, title: 'The message is not in canonical encoding.' },
  'codec.wrong-shape': { status: 400, title: 'The message has not the fields that it should have.' },

  // transactions and the ledger
  'transaction.expired': { status: 409, title: 'The transaction has expired.' },
  'transaction.expires-too-far': { status: 400, title: 'The transaction lives too long.' },
  'transaction.repeated': { status: 409, title: 'The transaction is on the ledger already.' },
  'transaction.too-many-expire': {
    status: 409,
    title: 'Too many transactions expire in that minute; choose another.',
  },
  'rule.not-in-force': { status: 409, title: 'The rules of now do not know this transaction.' },
  'transaction.known': { status: 200, title: 'The transaction is known already.' },
  'reader.unknown': { status: 404, title: 'This key is not registered.' },
  'member.unknown': { status: 403, title: 'This key is not a member of the federation.' },
  'role.missing': { status: 403, title: 'This key has not the role for that.' },
  'file.unknown': { status: 404, title: 'There is no such file.' },
  'file.not-available': { status: 409, title: 'Not enough libraries have attested this file yet.' },
  'file.taken-down': { status: 451, title: 'The federation has taken this file down.' },
  'file.wrong-name': { status: 400, title: 'The file name is not allowed.' },
  'file.wrong-size': { status: 400, title: 'The size of the file is not allowed.' },
  'file.empty': { status: 400, title: 'The file is empty.' },
  'file.of-64-bytes': {
    status: 400,
    title: 'A file of exactly 64 bytes cannot be told from a part of another one; add a byte.',
  },
  'upload.size-mismatch': { status: 409, title: 'The file has another size.' },
  'upload.daily-cap': {
    status: 429,
    title:
      'More bytes than the federation credits to one key, or by one library, in a day; come again tomorrow.',
  },
  'card.wrong-terms': {
    status: 400,
    title:
      'A card has a ceiling of 1 to 90 days of its allowance, and ends in this period or one of the next two.',
  },
  'card.of-another': {
    status: 409,
    title: 'Another library has lent this reader a card; only one that gives more takes its place.',
  },
  'card.none': { status: 409, title: 'The reader has no card.' },
  'card.node-cap': { status: 409, title: 'The library has lent as much as the federation lets it.' },
  'card.closed': {
    status: 403,
    title: 'This library lends no cards, or none without its librarian.',
  },
  'card.code-needed': {
    status: 403,
    title: 'This code lends no card: it is none, was used, or has expired.',
  },
  'card.codes-full': { status: 409, title: 'As many codes as there may be wait to be used.' },
  'card.network-had': {
    status: 429,
    title: 'A card has gone to that network today; come again tomorrow, or ask the librarian.',
  },
  'card.open-full': {
    status: 503,
    title: 'This library has lent as many cards without a librarian as it does; ask the librarian.',
  },
  'upload.stock-of-another': {
    status: 403,
    title: 'What a library brings with the key of its node, no other library puts on the ledger.',
  },
  'upload.already-sponsored': {
    status: 409,
    title: 'This library has put another upload of this file on the ledger.',
  },
  'upload.already-known': { status: 200, title: 'This file is on the ledger already.' },
  'upload.already-available': {
    status: 409,
    title: 'The libraries have this file already; it is credited once.',
  },
  'upload.reset': {
    status: 410,
    title:
      'The federation has taken this entry back, and what it credited; the true file can be brought again.',
  },
  'upload.sign-again': { status: 409, title: 'The signature of this upload has lapsed; sign it again.' },
  'upload.declined': { status: 403, title: 'A librarian of this library has declined this upload.' },
  'upload.too-slow': { status: 408, title: 'The upload came too slowly.' },
  'upload.too-many': { status: 429, title: 'Too many uploads from there are under way; try again later.' },
  'upload.wrong-offset': { status: 409, title: 'The upload has another offset; ask for it with HEAD.' },
  'upload.locked': { status: 423, title: 'Another request is busy with this upload; try again soon.' },
  'upload.gone': { status: 410, title: 'There is no such upload here, or no more; begin it again.' },
  'upload.wrong-version': { status: 412, title: 'This library speaks tus 1.0.0.' },
  'upload.unknown': { status: 404, title: 'This key has not announced that file.' },
  'attest.already-known': { status: 200, title: 'This library has attested the file already.' },
  'attest.superseded': { status: 409, title: 'This library has said something else of the file since.' },
  'download.already-owned': { status: 200, title: 'This key has bought the file already.' },
  'download.not-enough-tokens': {
    status: 402,
    title: 'The account has not enough tokens, and no card that has enough now.',
  },
  'register.work-needed': { status: 429, title: 'Many register from there or here; send a proof of work.' },
  'register.too-many': { status: 429, title: 'Too many keys were registered from there; try again later.' },
  'register.code-needed': {
    status: 403,
    title: 'This library registers readers with a code that it gave them.',
  },
  'register.closed': { status: 403, title: 'This library registers no readers.' },
  'register.already-known': { status: 200, title: 'This key is registered already.' },
  'register.daily-cap': {
    status: 503,
    title:
      'This library has registered as many keys today as the federation lets it; ask another one, or tomorrow.',
  },
  'transfer.not-enough-tokens': { status: 402, title: 'The account has not enough tokens.' },
  'transfer.to-self': { status: 400, title: 'A transfer to oneself does nothing.' },
  'amount.wrong': { status: 400, title: 'The amount is not allowed.' },
  'amount.too-much': { status: 400, title: 'The balance would pass the largest amount.' },
  'receipt.repeated': { status: 409, title: 'This payment has been credited already.' },
  'sale.unknown': { status: 404, title: 'There is no such sale.' },
  'sale.closed': { status: 409, title: 'This sale has ended.' },
  'sale.not-due': { status: 409, title: 'This sale cannot be reclaimed yet.' },
  'proposal.unknown': { status: 404, title: 'There is no such proposal, or no longer.' },
  'proposal.closed': { status: 409, title: 'This proposal has been applied.' },
  'proposal.already-approved': { status: 200, title: 'This authority has approved already.' },
  'proposal.too-many': { status: 429, title: 'Too many proposals are open.' },
  'proposal.not-applicable': { status: 409, title: 'The proposal cannot be applied to the present state.' },

  // genesis
  'genesis.wrong': { status: 400, title: 'The genesis is not valid.' },

  // blocks
  'block.wrong-parent': { status: 400, title: 'The block does not extend its parent.' },
  'block.wrong-header': { status: 400, title: 'A field of the block header is wrong.' },
  'block.wrong-root': { status: 400, title: 'A root in the block header is wrong.' },
  'block.wrong-body': { status: 400, title: 'The transactions are not those that the header names.' },
  'block.wrong-time': { status: 400, title: 'The time of the block is wrong.' },
  'block.other-chain': { status: 409, title: 'The checkpoint of the operator names another block there.' },
  'block.too-large': { status: 400, title: 'The block is too large.' },
  'block.unknown-version': { status: 503, title: 'The block follows rules that this version does not know.' },
  'block.wrong-transaction': { status: 400, title: 'The block holds a transaction that is not valid.' },

  // proofs
  'block.unknown': { status: 404, title: 'This library does not have this block, or not any more.' },
  'transaction.unknown': {
    status: 404,
    title: 'This library knows of no such transaction there, or not any more.',
  },
  'proof.wrong': { status: 400, title: 'The proof does not hold.' },
  'proof.partial': { status: 409, title: 'The proof leads only a part of the way; ask again from there.' },
  'proof.stale': { status: 409, title: 'The proof is older than asked for.' },
  'proof.unavailable': { status: 404, title: 'This library cannot prove that.' },
  'proof.busy': { status: 503, title: 'Too many proofs are being made; try again soon.' },

  // consensus
  'consensus.unknown-authority': { status: 403, title: 'The signer is not an authority of this epoch.' },
  'consensus.wrong-epoch': { status: 409, title: 'The message belongs to another epoch.' },
  'consensus.outside-window': { status: 409, title: 'The message lies outside of the window of views.' },
  'consensus.wrong-signature': { status: 401, title: 'A signature of the message is wrong.' },
  'consensus.wrong-leader': { status: 403, title: 'The proposer does not lead this view.' },
  'consensus.not-enough-signers': { status: 400, title: 'The certificate has too few signers.' },
  'consensus.known': { status: 200, title: 'The message is known already.' },
  'consensus.no-conflict': { status: 400, title: 'The two statements do not exclude each other.' },

  // synchronisation
  'range.pruned': { status: 410, title: 'This library does not keep blocks that are so old.' },
  'checkpoint.not-shown': {
    status: 409,
    title: 'Nobody has kept what leads from the checkpoint of the operator: take a newer one.',
  },
  'snapshot.wrong': { status: 400, title: 'The snapshot is not of the state that was finalised.' },

  // the pool
  'pool.full': { status: 503, title: 'The library has too much to do; try again soon.' },
  'pool.key-full': { status: 429, title: 'This key has too many transactions waiting.' },
  'pool.sponsor-full': { status: 503, title: 'Too many transactions wait that this library answers for.' },
  'gossip.too-much': { status: 429, title: 'This library passes on more than is of use.' },

  // the tracker
  'pass.missing': { status: 401, title: 'This tracker serves nobody without a pass.' },
  'pass.malformed': { status: 401, title: 'The pass cannot be read.' },
  'pass.forged': { status: 401, title: 'The pass was not issued by a library of this federation.' },
  'pass.expired': { status: 401, title: 'The pass has expired; fetch the torrent again.' },
  'pass.other-file': { status: 403, title: 'The pass is for another file.' },
  'pass.other-library': {
    status: 403,
    title: 'What is brought to a library is brought with the torrent that it has given for it.',
  },
  'pass.too-many-peers': { status: 403, title: 'Too many peers use this pass.' },
  'member.elsewhere': { status: 403, title: 'The pass of a library works from its own addresses only.' },
  'right.missing': { status: 403, title: 'This key has not bought the file.' },
  'announce.malformed': { status: 400, title: 'The announce cannot be read.' },
  'tracker.full': { status: 503, title: 'The tracker has no room for another swarm.' },

  // torrents and the archive
  'torrent.malformed': { status: 400, title: 'The torrent cannot be read.' },
  'torrent.wrong': { status: 422, title: 'The torrent is not what this library would make of the file.' },
  'torrent.unknown': { status: 404, title: 'This library does not know the torrent yet.' },
  'file.wrong-hash': { status: 422, title: 'The bytes do not have the hash that was signed.' },
  'archive.full': { status: 507, title: 'The archive of this library is full.' },
  'archive.busy': { status: 503, title: 'The archive has too many uploads at once; try again soon.' },

  // the node
  'chain.other': { status: 409, title: 'This library keeps another ledger.' },
  'node.twin': { status: 503, title: 'Another process runs with the key of this library: it signs nothing.' },
  'node.not-ready': { status: 503, title: 'The library is not ready yet.' },
  'node.finality-timeout': { status: 504, title: 'The ledger did not confirm in time; ask again.' },
  'node.fault': { status: 500, title: 'Something failed at this library.' },
} as const satisfies Record<string, Row>;

export type Code = keyof typeof CODES;
