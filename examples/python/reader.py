#!/usr/bin/env python3
"""A reader of a library, by Python's standard library; keys by `cryptography`, or by openssl where that is not installed.

    reader.py register           makes the key where there is none, and has the library put it on the ledger
    reader.py upload FILE        gives the library a file, and signs its name and size
    reader.py search WORDS       one JSON document of what was found
    reader.py buy HASH TORRENT   buys the file, or fetches what was bought before, and leaves its torrent there
    reader.py account            what only this key may see of itself
    reader.py follow SECONDS     what happens, for so long

LIBRARY: its address. KEY: the file with the key, reader.pem when left out; whoever has that file has the account.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
import uuid

LIBRARY = os.environ.get("LIBRARY", "http://127.0.0.1:8645").rstrip("/")
KEY = os.environ.get("KEY", "reader.pem")
BLOCK = 16384


class Refused(Exception):
    """What a library refuses: `code` stays as it is, the sentences may change."""

    def __init__(self, problem):
        super().__init__(f"{problem.get('type')}: {problem.get('title')} {problem.get('detail', '')}".strip())
        self.code = problem.get("type")


class OpensslKey:
    """Without the package `cryptography`: openssl 3.0 or newer."""

    def __init__(self, path):
        self.path = path
        if not os.path.exists(path):
            self.run("genpkey", "-algorithm", "ed25519", "-out", path, umask=0o077)

    @staticmethod
    def run(*arguments, **options):
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **options).stdout

    def public(self):
        return self.run("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-32:]

    def sign(self, message):
        with tempfile.NamedTemporaryFile() as file:
            file.write(message)
            file.flush()
            return self.run("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", file.name)


class PemKey:
    def __init__(self, path):
        from cryptography.hazmat.primitives import serialization as forms
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if not os.path.exists(path):
            pem = Ed25519PrivateKey.generate().private_bytes(
                forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()
            )
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(pem)
        with open(path, "rb") as file:
            self.key = forms.load_pem_private_key(file.read(), password=None)

    def public(self):
        return self.key.public_key().public_bytes_raw()

    def sign(self, message):
        return self.key.sign(message)


def open_key(path):
    try:
        return PemKey(path)
    except ImportError:
        return OpensslKey(path)


def ask(call, fields=None, body=None, kind=None):
    """Bytes of the answer, by GET, or by POST where there is a body."""
    address = f"{LIBRARY}/api/{call}"
    if fields:
        address += "?" + urllib.parse.urlencode(fields)
    request = urllib.request.Request(address, data=body, headers={"content-type": kind} if kind else {})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise Refused(json.load(error)) from None


def chain():
    return json.loads(ask("status"))["chain"]["id"]


def root(path):
    """The name of a file: root of a SHA-256 tree over blocks of 16 KiB, missing leaves being zero (BEP 52)."""
    with open(path, "rb") as file:
        level = [hashlib.sha256(block).digest() for block in iter(lambda: file.read(BLOCK), b"")]
    while len(level) & (len(level) - 1):
        level.append(bytes(32))
    while len(level) > 1:
        level = [hashlib.sha256(level[i] + level[i + 1]).digest() for i in range(0, len(level), 2)]
    return level[0].hex()


class Reader:
    def __init__(self):
        self.key = open_key(KEY)
        self.public = self.key.public().hex()

    def signed(self, *words):
        """Ed25519 over SHA-256 of `digitallib:1:<chain>:<words>`."""
        text = ":".join(["digitallib", "1", chain(), *map(str, words)])
        return self.key.sign(hashlib.sha256(text.encode()).digest()).hex()

    def register(self):
        return json.loads(ask("register", {"public_key": self.public}))

    def upload(self, path):
        file_hash, size, expires = root(path), os.path.getsize(path), int(time.time()) + 14 * 86400
        name = unicodedata.normalize("NFC", os.path.basename(path))
        named = hashlib.sha256(name.encode()).hexdigest()
        fields = {
            "public_key": self.public,
            "hash": file_hash,
            "signed_hash": self.signed("upload", file_hash, size, named, self.public, expires),
            "size": size,
            "name": name,
            "expires": expires,
        }
        border = uuid.uuid4().hex
        parts = [
            f'--{border}\r\ncontent-disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            for field, value in fields.items()
        ]
        parts.append(f'--{border}\r\ncontent-disposition: form-data; name="file"; filename="file"\r\n\r\n'.encode())
        with open(path, "rb") as file:  # the whole file in memory
            body = b"".join([*parts, file.read(), f"\r\n--{border}--\r\n".encode()])
        ask("upload", body=body, kind=f"multipart/form-data; boundary={border}")
        return file_hash

    def owned(self, word, file_hash):
        expires = int(time.time()) + 600
        signed = self.signed(word, file_hash, self.public, expires)
        return {"hash": file_hash, "public_key": self.public, "expires": expires, "signed_hash": signed}

    def buy(self, file_hash, torrent):
        try:
            answer = ask("download", self.owned("download", file_hash))
        except Refused as refused:
            if refused.code != "request.sign-fetch":
                raise
            # Bought before, perhaps by a request whose answer was lost: then it is asked for as what one owns.
            answer = ask("fetch", self.owned("fetch", file_hash))
        with open(torrent, "wb") as file:
            file.write(answer)

    def own(self):
        expires = int(time.time()) + 600
        signed = self.signed("history", self.public, expires)
        return {"public_key": self.public, "expires": expires, "signed_hash": signed}

    def account(self):
        return json.loads(ask("account", self.own()))

    def follow(self, seconds):
        """What is public, and what is this reader's; `next` may be kept, to go on from there another day."""
        end, place = time.time() + float(seconds), {}
        while (left := int(end - time.time())) > 0:
            page = json.loads(ask("events", {**self.own(), **place, "wait": min(left, 30)}))
            for event in page["events"]:
                print(json.dumps(event))
            place = {"from": page["next"]}


def main(arguments):
    calls = {"register": 0, "upload": 1, "search": 1, "buy": 2, "account": 0, "follow": 1}
    if not arguments or calls.get(arguments[0]) != len(arguments) - 1:
        print(__doc__, file=sys.stderr)
        return 2
    call, *rest = arguments
    try:
        if call == "search":
            answer = json.loads(ask("search", {"query": rest[0]}))
        else:
            answer = getattr(Reader(), call)(*rest)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    if answer is not None:
        print(answer if isinstance(answer, str) else json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
