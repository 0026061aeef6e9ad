#!/bin/sh
# A reader of a library, by curl and openssl (3.0 or newer) alone.
#
#   reader.sh register           makes the key where there is none, and has the library put it on the ledger
#   reader.sh upload FILE        gives the library a file, and signs its name and size
#   reader.sh search WORDS       one JSON document of what was found
#   reader.sh buy HASH TORRENT   buys the file, or fetches what was bought before, and leaves its torrent there
#   reader.sh account            what only this key may see of itself
#
# LIBRARY: its address. KEY: the file with the key, reader.pem when left out; whoever has that file has the account.
set -eu
LIBRARY=${LIBRARY:-http://127.0.0.1:8645}
KEY=${KEY:-reader.pem}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

ask() { curl -sS --fail-with-body "$@"; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
chain() { ask "$LIBRARY/api/status" | sed -n 's/.*"chain":{[^}]*"id":"\([0-9a-f]*\)".*/\1/p'; }
public_key() { openssl pkey -in "$KEY" -pubout -outform DER | tail -c 32 | hex; }
in_seconds() { echo $(($(date +%s) + $1)); }

# Ed25519 over the SHA-256 of a text.
sign() {
  printf %s "$1" | openssl dgst -sha256 -binary > "$WORK/text"
  openssl pkeyutl -sign -rawin -inkey "$KEY" -in "$WORK/text" | hex
}

# The name of a file: root of a SHA-256 tree over blocks of 16 KiB, missing leaves being zero (BEP 52).
root() {
  split -b 16384 -a 6 "$1" "$WORK/block."
  for block in "$WORK"/block.*; do openssl dgst -sha256 -binary "$block"; done > "$WORK/level"
  leaves=1
  while [ $((32 * leaves)) -lt "$(wc -c < "$WORK/level")" ]; do leaves=$((2 * leaves)); done
  head -c $((32 * leaves - $(wc -c < "$WORK/level"))) /dev/zero >> "$WORK/level"
  while [ "$(wc -c < "$WORK/level")" -gt 32 ]; do
    rm -f "$WORK"/block.*
    split -b 64 -a 6 "$WORK/level" "$WORK/block."
    for pair in "$WORK"/block.*; do openssl dgst -sha256 -binary "$pair"; done > "$WORK/next"
    mv "$WORK/next" "$WORK/level"
  done
  hex < "$WORK/level"
}

register() {
  [ -e "$KEY" ] || (umask 077 && openssl genpkey -algorithm ed25519 -out "$KEY")
  ask "$LIBRARY/api/register?public_key=$(public_key)"
}

upload() {
  key=$(public_key) hash=$(root "$1") size=$(wc -c < "$1" | tr -d ' ') name=$(basename "$1") until=$(in_seconds 1209600)
  named=$(printf %s "$name" | openssl dgst -sha256 -binary | hex)
  signed=$(sign "digitallib:1:$(chain):upload:$hash:$size:$named:$key:$until")
  ask -o "$WORK/answer" "$LIBRARY/api/upload" -F public_key="$key" -F hash="$hash" -F signed_hash="$signed" \
    -F size="$size" -F name="$name" -F expires="$until" -F file=@"$1"
  echo "$hash"
}

buy() {
  key=$(public_key) chain=$(chain) expires=$(in_seconds 600)
  query="hash=$1&public_key=$key&expires=$expires"
  signed=$(sign "digitallib:1:$chain:download:$1:$key:$expires")
  if ! curl -sS --fail-with-body -o "$WORK/torrent" "$LIBRARY/api/download?$query&signed_hash=$signed" 2> "$WORK/error"; then
    # Bought before, perhaps by a request whose answer was lost: then it is asked for as what one owns.
    grep -q request.sign-fetch "$WORK/torrent" || { cat "$WORK/error" "$WORK/torrent" >&2; exit 1; }
    signed=$(sign "digitallib:1:$chain:fetch:$1:$key:$expires")
    ask -o "$WORK/torrent" "$LIBRARY/api/fetch?$query&signed_hash=$signed"
  fi
  cp "$WORK/torrent" "$2"
}

account() {
  key=$(public_key) expires=$(in_seconds 600)
  signed=$(sign "digitallib:1:$(chain):history:$key:$expires")
  ask "$LIBRARY/api/account?public_key=$key&expires=$expires&signed_hash=$signed"
}

case ${1:-} in
  register | upload | buy | account) "$@" ;;
  search) ask --get "$LIBRARY/api/search" --data-urlencode "query=${2:-}" ;;
  *) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
esac
