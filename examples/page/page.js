/** A page of a reader: registers its key, searches, buys. The library is that of VITE_LIBRARY when the page is built. */
import { ClientError, createClient, createWallet } from 'digitallib-client';

const client = createClient({ url: import.meta.env.VITE_LIBRARY ?? 'http://127.0.0.1:8645' });
const wallet = createWallet(seed());
const [reader, search, words, said, found] = ['reader', 'search', 'words', 'said', 'found'].map((id) =>
  document.getElementById(id),
);

function sizeOf(bytes) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const step = Math.min(Math.max(0, Math.floor((String(bytes).length - 1) / 3)), units.length - 1);
  const format = { style: 'unit', unit: units[step], unitDisplay: 'short', maximumFractionDigits: 1 };
  return new Intl.NumberFormat('en', format).format(Number(bytes) / 1_000 ** step);
}

/** Kept as it is: enough for a page that shows how; one that people trust keeps a key that no script can read. */
function seed() {
  const kept = localStorage.getItem('reader');
  if (kept !== null) return new Uint8Array(JSON.parse(kept));
  const drawn = crypto.getRandomValues(new Uint8Array(32));
  localStorage.setItem('reader', JSON.stringify([...drawn]));
  return drawn;
}

/** Says what went wrong, in the words of the library. */
async function trying(work) {
  try {
    return await work();
  } catch (error) {
    if (error?.name === 'AbortError') return undefined;
    if (!(error instanceof ClientError)) throw error;
    said.textContent = error.message;
    return undefined;
  }
}

async function showReader() {
  const { card, tokens } = await client.account(wallet);
  const means = (card?.credit ?? 0n) + tokens;
  const short = document.createElement('code');
  short.textContent = wallet.publicKey.slice(0, 8);
  reader.replaceChildren('Reader ', short, `, who may read ${sizeOf(means)} now`);
}

/** Names come from strangers: they are text, and never markup. */
function rowOf({ hash, filename, size, seeders }) {
  const row = document.createElement('li');
  const facts = document.createElement('div');
  const name = Object.assign(document.createElement('div'), { className: 'name', textContent: filename });
  const text = seeders === undefined ? sizeOf(size) : `${sizeOf(size)}, ${seeders} seeding`;
  facts.append(name, Object.assign(document.createElement('div'), { className: 'facts', textContent: text }));
  const buy = Object.assign(document.createElement('button'), { textContent: 'Get it' });
  buy.addEventListener('click', async () => {
    buy.disabled = true;
    const torrent = await trying(() => client.download(wallet, hash));
    buy.disabled = false;
    if (torrent === undefined) return;
    const href = URL.createObjectURL(new Blob([torrent.bytes], { type: 'application/x-bittorrent' }));
    const link = { className: 'button', href, download: torrent.filename, textContent: 'Save torrent' };
    buy.replaceWith(Object.assign(document.createElement('a'), link));
    said.textContent = `“${filename}” is yours. Open its torrent with a BitTorrent client.`;
    await trying(showReader);
  });
  row.append(facts, buy);
  return row;
}

let asked = new AbortController();
async function show(query) {
  asked.abort(); // of two searches the later one is shown
  asked = new AbortController();
  const page = await client.search(query, { limit: 20, signal: asked.signal });
  said.textContent = page.files.length === 0 ? 'Nothing was found.' : '';
  found.replaceChildren(...page.files.map(rowOf));
}

search.addEventListener('submit', (event) => {
  event.preventDefault();
  void trying(() => show(words.value));
});
await trying(async () => {
  await client.register(wallet.publicKey);
  await showReader();
  await show('');
});
